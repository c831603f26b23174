"""Reads the test documents of rules: `rules/<CODE>.md`, one heading for each case.

`## finds: <what> (en)` is followed by a block in which ⟦ and ⟧ stand around each diagnostic's
characters (`⟦⟧` where it has none), and, when the rule mends it, by `becomes` and the text after
all its fixes. `## leaves alone: <what> (zh)` has a block without marks. A line before the block may
give `outline: Leaves=300, Water` or options (`with words=20`). `{U+200B}` stands for
a character that cannot be seen. Whatever is none of this raises: a case is never skipped.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from xiezuo.lint.brief import parse_parts
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.expected import BriefParts, Expected, ExpectedSection
from xiezuo.lint.linter import Linter
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import RULES

FOLDER = Path(__file__).parent / "rules"
BY_CODE = {rule.code: rule for rule in RULES}
_CASE = re.compile(
    r"^## (?P<kind>finds|leaves alone): (?P<what>[^\n]*) \((?P<language>en|zh)\)\n"
    r"(?P<given>(?:\n|outline: [^\n]+\n|with [^\n]+\n)*)`````markdown\n(?P<text>.*?)\n?`````\n"
    r"(?:\nbecomes\n\n`````markdown\n(?P<fixed>.*?)\n?`````\n)?",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r"# (?P<code>\w+) (?P<name>[\w-]+)\n")
_ESCAPE = re.compile(r"\{U\+([0-9A-F]{4,6})\}")


@dataclass
class Case:
    code: str
    what: str
    language: str
    finds: bool
    text: str
    spans: list[tuple[int, int]] = field(default_factory=list)
    fixed: str | None = None
    outline: Expected | None = None
    options: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code} {self.language} {self.what}"

    @property
    def rule(self) -> Rule:
        own = {name: value for name, value in self.options.items() if name != "budget"}
        return replace(BY_CODE[self.code], **own)

    @property
    def brief(self) -> BriefParts | None:
        """The text as a brief, for rules about briefs; `with budget=20` sets the token budget."""
        if self.rule.needs != "brief":
            return None
        return replace(parse_parts(self.text), budget_tokens=self.options.get("budget"))

    def lint(self) -> list[Diagnostic]:
        return self.linter.lint(self.text, expected=self.outline, brief=self.brief)

    @property
    def linter(self) -> Linter:
        return Linter([self.rule], chosen=[self.code])


class MalformedDocumentError(ValueError):
    """Some lines of a document are neither its title nor part of a case."""


def cases(path: Path) -> list[Case]:
    """Every case of the document `<CODE>.md`.

    Raises:
        MalformedDocumentError: naming the first line that is in no case.
    """
    text = path.read_text("utf-8")
    title = _TITLE.match(text)
    if title is None or title["code"] != path.stem:
        raise MalformedDocumentError(f"{path.name}:1: the title is not `# {path.stem} <name>`")
    read: list[Case] = []
    end = title.end()
    for match in _CASE.finditer(text):
        _check_blank(path, text, end, match.start())
        try:
            read.append(_case(path.stem, match))
        except ValueError as error:
            line = text.count("\n", 0, match.start()) + 1
            raise MalformedDocumentError(f"{path.name}:{line}: {error}") from error
        end = match.end()
    _check_blank(path, text, end, len(text))
    return read


def _check_blank(path: Path, text: str, start: int, end: int) -> None:
    between = text[start:end]
    if between.strip():
        line = text.count("\n", 0, start + len(between) - len(between.lstrip())) + 1
        raise MalformedDocumentError(
            f"{path.name}:{line}: no case: {between.strip().splitlines()[0]}"
        )


def _case(code: str, match: re.Match[str]) -> Case:
    text, spans = unmark(_visible(match["text"]))
    given = match["given"]
    outline = re.search(r"^outline: (.*)$", given, re.MULTILINE)
    options = re.search(r"^with (.*)$", given, re.MULTILINE)
    fixed = match["fixed"]
    return Case(
        code,
        match["what"],
        match["language"],
        match["kind"] == "finds",
        text,
        spans,
        None if fixed is None else _visible(fixed),
        parse_outline(outline[1]) if outline else None,
        parse_options(options[1]) if options else {},
    )


def parse_outline(line: str) -> Expected:
    sections = [part.strip().partition("=") for part in line.split(",")]
    return Expected(
        tuple(ExpectedSection(name, int(words) if words else None) for name, _, words in sections)
    )


def parse_options(line: str) -> dict[str, float]:
    pairs = [part.partition("=") for part in line.split()]
    return {name: float(value) if "." in value else int(value) for name, _, value in pairs}


def _visible(text: str) -> str:
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)


def unmark(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the marked spans in order.

    Raises:
        ValueError: a mark has no partner.
    """
    parts, spans, opened, size = [], [], [], 0
    if text.count("⟦") != text.count("⟧"):
        raise ValueError("a mark has no partner")
    for piece in re.split("([⟦⟧])", text):
        if piece == "⟦":
            opened.append(size)
        elif piece == "⟧":
            spans.append((opened.pop(), size))
        else:
            parts.append(piece)
            size += len(piece)
    return "".join(parts), sorted(spans)


def mark(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"
    return text

"""Which rules run, and which diagnostics a text itself switches off."""

import re
from collections.abc import Iterable, Sequence

from xiezuo.errors import LintConfigError
from xiezuo.language import Text
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.text.document import Document
from xiezuo.text.span import Span

ALL = "ALL"
_COMMENT = re.compile(r"<!--\s*xiezuo:\s*(ignore-file|ignore)\b([^>]{0,400}?)-->")
_CODE = re.compile(r"[A-Z]{3}\d{0,3}|ALL")


def select(
    rules: Iterable[Rule], chosen: Sequence[str] = (), ignored: Sequence[str] = ()
) -> list[Rule]:
    """The rules that `chosen` and `ignored` leave; each entry is a code, the start of one, or ALL.

    Without `chosen`, the default rules. The longer (more exact) entry wins, as in ruff.

    Raises:
        LintConfigError: an entry fits no rule.
    """
    rules = list(rules)
    for entry in (*chosen, *ignored):
        if entry != ALL and not any(rule.code.startswith(entry) for rule in rules):
            raise LintConfigError(
                problem=Text(f"no rule is called {entry!r}", f"没有名为 {entry!r} 的规则")
            )

    def wanted(rule: Rule) -> bool:
        exact = _closeness(rule.code, chosen) if chosen else (0 if rule.default else -1)
        return exact > _closeness(rule.code, ignored)

    return [rule for rule in rules if wanted(rule)]


def _closeness(code: str, entries: Sequence[str]) -> int:
    fitting = [0 if entry == ALL else len(entry) for entry in entries
               if entry == ALL or code.startswith(entry)]  # fmt: skip
    return max(fitting, default=-1)


class Suppressions:
    """`<!-- xiezuo: ignore CUT001 -->` comments of a text.

    On a line of its own it covers the next block, at the end of a line that line; `ignore-file`
    covers the text. Without codes it covers every rule.
    """

    def __init__(self, document: Document) -> None:
        self._covered: list[tuple[Span, set[str]]] = []
        source = document.source
        if "xiezuo:" not in source:
            return
        code = [block.span for block in document.codes]
        for found in _COMMENT.finditer(source):
            at = Span(*found.span())
            if any(span.touches(at) for span in code):
                continue
            codes = set(_CODE.findall(found[2])) or {ALL}
            self._covered.append((self._reach(document, at, found[1]), codes))

    def _reach(self, document: Document, at: Span, word: str) -> Span:
        if word == "ignore-file":
            return Span(0, len(document.source))
        line = document.lines[document.line_of(at.start)]
        if Span(line.start, at.start).of(document.source).strip():
            return line
        following = next((one for one in document.blocks if one.span.start >= at.end), None)
        return Span(at.start, following.span.end) if following else Span(at.start, line.end)

    def hide(self, diagnostic: Diagnostic) -> bool:
        return any(
            reach.touches(diagnostic.span)
            and any(code == ALL or diagnostic.code.startswith(code) for code in codes)
            for reach, codes in self._covered
        )

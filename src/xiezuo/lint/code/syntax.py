"""Whether a code block parses, and if not, whether it merely stops too early.

Python is checked by Python's parser, JSON and TOML by the standard library, YAML by PyYAML, JavaScript,
TypeScript, shell and SQL by tree-sitter, HTML by its tags, other languages by their brackets.
"""

import ast
import json
import re
import textwrap
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

import yaml

from xiezuo.lint.code.grammars import GRAMMARS, first_error
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.span import Span

ALIASES = {
    "py": "python", "python3": "python", "py3": "python", "pycon": "python", "ipython": "python",
    "js": "javascript", "jsx": "javascript", "mjs": "javascript", "node": "javascript",
    "ts": "typescript", "sh": "bash", "shell": "bash", "zsh": "bash", "yml": "yaml",
    "c++": "cpp", "cc": "cpp", "h": "c", "hpp": "cpp", "golang": "go", "rs": "rust", "kt": "kotlin",
    "cs": "csharp", "c#": "csharp", "htm": "html", "mysql": "sql", "postgresql": "sql",
    "sqlite": "sql", "postgres": "sql",
}  # fmt: skip
BRACED = {
    "c",
    "cpp",
    "java",
    "go",
    "rust",
    "kotlin",
    "csharp",
    "swift",
    "php",
    "scala",
    "dart",
    "css",
}
LARGEST = 200_000  # characters; a longer block is data and is not checked
_EXAMPLE = re.compile(r"^\s*(?:>>>|\.\.\.) ?", re.MULTILINE)
_MAGIC = re.compile(r"^(\s*)[%!]\S.*$", re.MULTILINE)
_ENDS_EARLY = re.compile(
    r"unexpected EOF|expected an indented block|unterminated triple-quoted|"
    r"expected 'except' or 'finally' block|was never closed|unterminated (?:f-)?string"
)
_STATEMENT = re.compile(
    r"\s*(?:(?:return|def|class|while|import|from|with|try|raise|del|pass)\b|\w+ = .*[^,]$)"
)
_NEVER_CLOSED = re.compile(r"'(.)' was never closed")
_STRINGS = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|^[^\S\n]*#[^\n]*",
    re.DOTALL | re.MULTILINE,
)
_SHELL_WORDS = re.compile(r"(?:^|[\n;&|])\s*(if|fi|do|done|case|esac)\b")
_SHELL_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#[^\n]*")
_SQL_GOES_ON = re.compile(
    r"(?:\b(?:select|from|where|and|or|on|by|set|values|join|into|as|table|limit|not|in|like)|[,(=<>+*])$",
    re.IGNORECASE,
)
_CLOSES_ITSELF = frozenset(
    (
        "area base br col embed hr img input link meta source track wbr p li dt dd td th tr tbody "
        "thead tfoot option optgroup colgroup html head body rp rt path circle rect line"
    ).split()
)
_JSON_COMMENT = re.compile(r"(\"(?:\\.|[^\"\\\n])*\")|//[^\n]*|/\*[\s\S]*?\*/")
_JSON_PART = re.compile(r"\s*\"[^\"\n]*\"\s*:")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_DEEPEST_YAML = 200


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """Where and why code does not parse.

    Attributes:
        start, end: offsets in the block's content.
        detail: the parser's message.
        unfinished: the code is correct as far as it goes but stops too early.
    """

    start: int
    end: int
    detail: str
    unfinished: bool = False

    def spot(self, block: CodeBlock) -> Span:
        size = len(block.content)
        start = min(self.start, max(0, size - 1))
        return (
            block.source_span(start, min(max(self.end, start + 1), size)) if size else block.opening
        )


def canonical(language: str) -> str:
    return ALIASES.get(language, language)


def can_check(language: str) -> bool:
    name = canonical(language)
    return name in _CHECKS or name in BRACED or name in GRAMMARS


@lru_cache(maxsize=2048)
def problem_of(language: str, content: str) -> CodeProblem | None:
    """The first error of code in `language`; None if it parses or cannot be checked."""
    name = canonical(language)
    if len(content) > LARGEST or not content.strip():
        return None
    if check := _CHECKS.get(name):
        return check(content)
    if name in GRAMMARS:
        return _grammar(name, content)
    if name in BRACED:
        return _brackets(content)
    return None


def python_source(content: str) -> str:
    """Python without prompts, notebook magic and common indentation; line numbers are preserved."""
    if _EXAMPLE.match(content):
        lines = content.split("\n")
        content = "\n".join(
            _EXAMPLE.sub("", line, count=1) if _EXAMPLE.match(line) else "" for line in lines
        )
    return textwrap.dedent(_MAGIC.sub(r"\1pass", content))


def _python(content: str) -> CodeProblem | None:
    source = python_source(content)
    if _EXAMPLE.match(content):
        return None  # a session, with output between the statements
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return _python_problem(content, source, error)
    except (ValueError, MemoryError, RecursionError) as error:
        return CodeProblem(0, 1, str(error) or "nested too deeply")
    return None


def parses(source: str) -> bool:
    """Whether `source` is Python."""
    return _python(source) is None


def _python_problem(content: str, source: str, error: SyntaxError) -> CodeProblem:
    lines = source.rstrip().split("\n")
    number = min(error.lineno or len(lines), len(lines))
    start = sum(len(line) + 1 for line in content.split("\n")[: number - 1])
    end = start + len(content.split("\n")[number - 1])
    message = error.msg or "invalid syntax"
    at_end = number >= len(lines)
    if opener := _NEVER_CLOSED.search(message):
        unfinished = not _goes_on_after(lines, number)
        message = f"'{opener[1]}' was never closed"
    else:
        unfinished = at_end and (
            bool(_ENDS_EARLY.search(message))
            or lines[-1].rstrip().endswith(("=", ",", ".", "\\", "+", ":"))
        )
    return CodeProblem(
        start + (len(content[start:end]) - len(content[start:end].lstrip())),
        end,
        message,
        unfinished,
    )


def _goes_on_after(lines: list[str], opened: int) -> bool:
    """Whether a new statement begins after the line (from 1) where a bracket was left open."""
    indent = len(lines[opened - 1]) - len(lines[opened - 1].lstrip())
    return lines[opened - 1].rstrip().endswith(":") or any(
        _STATEMENT.match(line)
        or (len(line) - len(line.lstrip()) <= indent and re.match(r"\s*[A-Za-z_@]", line))
        for line in lines[opened:]
    )


def _json(content: str) -> CodeProblem | None:
    """JSON, JSON Lines, JSON with comments, or the inside of an object."""
    content = _JSON_COMMENT.sub(lambda match: match[1] or " " * len(match[0]), content)
    if _JSON_PART.match(content):
        inside = "{" + content.rstrip().rstrip(",") + "}"
        problem = _json_values(inside)
        return problem and CodeProblem(max(0, problem.start - 1), problem.end, problem.detail)
    return _json_values(content)


def _json_values(content: str) -> CodeProblem | None:
    decoder = json.JSONDecoder()
    at, size = 0, len(content)
    try:
        while at < size:  # several values in a row are JSON Lines
            at = re.compile(r"\s*").match(content, at).end()  # pyright: ignore[reportOptionalMemberAccess]
            if at < size:
                _, at = decoder.raw_decode(content, at)
    except json.JSONDecodeError as error:
        unfinished = error.pos >= len(content.rstrip()) - 1 or error.msg.startswith(
            "Unterminated string"
        )
        line_end = content.find("\n", error.pos)
        return CodeProblem(
            error.pos,
            line_end if line_end > error.pos else error.pos + 1,
            error.msg,
            unfinished and _depth(content) > 0,
        )
    except RecursionError:
        return CodeProblem(0, 1, "nested too deeply")
    return None


def _depth(content: str) -> int:
    bare = _STRINGS.sub("", content)
    return sum(map(bare.count, "([{")) - sum(map(bare.count, ")]}"))


def _yaml(content: str) -> CodeProblem | None:
    if "{{" in content or "{%" in content:
        return None  # a template that generates YAML
    try:
        depth = 0
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            opens = isinstance(event, yaml.CollectionStartEvent)
            depth += opens - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST_YAML:  # libyaml's time grows with the square of the depth
                return CodeProblem(0, 1, "nested too deeply")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        start = sum(len(line) + 1 for line in content.split("\n")[: mark.line]) if mark else 0
        return CodeProblem(
            start, start + (mark.column if mark else 0) + 1, error.problem or "not YAML"
        )
    except yaml.YAMLError as error:
        return CodeProblem(0, 1, str(error).split("\n", 1)[0])
    except ValueError as error:  # a lone surrogate cannot be encoded
        return CodeProblem(0, 1, str(error))
    return None


def _toml(content: str) -> CodeProblem | None:
    try:
        tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line_number = re.search(r"line (\d+)", str(error))
        line = int(line_number[1]) if line_number else content.count("\n") + 1
        start = sum(len(text) + 1 for text in content.split("\n")[: line - 1])
        return CodeProblem(start, start + 1, str(error))
    return None


def _grammar(name: str, content: str) -> CodeProblem | None:
    error = first_error(name, content)
    if error is None:
        return None
    start, end, detail = error
    rest = content[end:].strip()
    return CodeProblem(start, end, detail, not rest and _stops_early(name, content))


def _stops_early(name: str, content: str) -> bool:
    if name == "bash":
        words = Counter(_SHELL_WORDS.findall(_SHELL_STRINGS.sub("", content)))
        opened = words["if"] + words["do"] + words["case"] + content.count("'") % 2
        return opened > words["fi"] + words["done"] + words["esac"]
    if name == "sql":
        return bool(_SQL_GOES_ON.search(content.rstrip())) or _depth(content) > 0
    return _depth(content) > 0


def _html(content: str) -> CodeProblem | None:
    """The first tag that is not closed or is closed in the wrong order."""
    tags = _Tags()
    tags.feed(content)
    if tags.problem:
        return tags.problem
    if tags.open:
        name, at = tags.open[-1]
        return CodeProblem(at, at + len(name) + 1, f"<{name}> was never closed", unfinished=True)
    return None


class _Tags(HTMLParser):
    """Pairs tags; tags that HTML closes implicitly are ignored."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []
        self.problem: CodeProblem | None = None
        self._starts = [0]

    def feed(self, data: str) -> None:
        self._starts = [0, *(newline.end() for newline in re.finditer("\n", data))]
        super().feed(data)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in _CLOSES_ITSELF:
            self.open.append((tag, self._at()))

    def handle_endtag(self, tag: str) -> None:
        if tag in _CLOSES_ITSELF or self.problem:
            return
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
            return
        at = self._at()
        detail = (
            f"</{tag}> closes <{self.open[-1][0]}>" if self.open else f"</{tag}> closes nothing"
        )
        self.problem = CodeProblem(at, at + len(tag) + 3, detail)


def _brackets(content: str) -> CodeProblem | None:
    """The first unmatched bracket outside strings and comments."""
    bare = _STRINGS.sub(lambda literal: " " * len(literal[0]), content)
    waiting: list[int] = []
    for bracket in re.finditer(r"[()\[\]{}]", bare):
        mark = bracket[0]
        if mark in "([{":
            waiting.append(bracket.start())
        elif waiting and bare[waiting[-1]] == _PAIRS[mark]:
            waiting.pop()
        else:
            at = waiting[-1] if waiting else bracket.start()
            return CodeProblem(at, at + 1, f"'{content[at]}' has no partner")
    if waiting:
        at = waiting[-1]
        early = content[at] == "{" or "\n" not in content[at:].strip()
        return CodeProblem(at, at + 1, f"'{content[at]}' was never closed", unfinished=early)
    return None


_CHECKS: dict[str, Callable[[str], CodeProblem | None]] = {
    "python": _python,
    "json": _json,
    "yaml": _yaml,
    "toml": _toml,
    "html": _html,
}

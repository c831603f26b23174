"""Which rules run, and which diagnostics a text itself switches off."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from xiezuo.errors import LintConfigError
from xiezuo.i18n import Text
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.span import Cover, Span

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
    fitting = [
        0 if entry == ALL else len(entry)
        for entry in entries
        if entry == ALL or code.startswith(entry)
    ]
    return max(fitting, default=-1)


class Suppressions:
    """`<!-- xiezuo: ignore CUT001 -->` comments of a text.

    On a line of its own it covers the next block, at the end of a line that line; `ignore-file`
    covers the text. Without codes it covers every rule.
    """

    def __init__(self, document: MarkdownDocument) -> None:
        self._covered: dict[str, Cover] = {}
        source = document.source
        if "xiezuo:" not in source:
            return
        code = Cover(block.span for block in document.codes)
        starts = [block.span.start for block in document.blocks]
        reaches: defaultdict[str, list[Span]] = defaultdict(list)
        for found in _COMMENT.finditer(source):
            at = Span(*found.span())
            if not code.covers(at.start):
                reach = self._reach(document, starts, at, found[1])
                for one in set(_CODE.findall(found[2])) or {ALL}:
                    reaches[one].append(reach)
        self._covered = {one: Cover(spans) for one, spans in reaches.items()}

    def _reach(self, document: MarkdownDocument, starts: list[int], at: Span, word: str) -> Span:
        if word == "ignore-file":
            return Span(0, len(document.source) + 1)
        line = document.lines[document.line_of(at.start)]
        if Span(line.start, at.start).of(document.source).strip():
            return Span(line.start, line.end + 1)
        following = bisect_left(starts, at.end)
        end = document.blocks[following].span.end if following < len(starts) else line.end
        return Span(at.start, end + 1)

    def hide(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment covers the diagnostic's place and names its rule."""
        return any(
            (code == ALL or diagnostic.code.startswith(code)) and cover.touches(diagnostic.span)
            for code, cover in self._covered.items()
        )

"""Selection of rules, and suppression of diagnostics by comments in the text."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from xiezuo.errors import LintConfigError
from xiezuo.i18n import Text
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.span import Span, SpanSet

ALL = "ALL"
_COMMENT = re.compile(r"<!--\s*xiezuo:\s*(ignore-file|ignore)\b([^>]{0,400}?)-->")
_CODE = re.compile(r"[A-Z]{3}\d{0,3}|ALL")


def select(
    rules: Iterable[Rule], chosen: Sequence[str] = (), ignored: Sequence[str] = ()
) -> list[Rule]:
    """The rules that `chosen` selects and `ignored` does not; entries are codes, prefixes or ALL.

    Without `chosen`, the default rules. The longer (more specific) entry wins, as in ruff.

    Raises:
        LintConfigError: an entry matches no rule.
    """
    rules = list(rules)
    for entry in (*chosen, *ignored):
        if entry != ALL and not any(rule.code.startswith(entry) for rule in rules):
            raise LintConfigError(
                problem=Text(f"there is no rule {entry!r}", f"没有名为 {entry!r} 的规则")
            )

    def is_selected(rule: Rule) -> bool:
        exact = _closeness(rule.code, chosen) if chosen else (0 if rule.default else -1)
        return exact > _closeness(rule.code, ignored)

    return [rule for rule in rules if is_selected(rule)]


def _closeness(code: str, entries: Sequence[str]) -> int:
    lengths = [
        0 if entry == ALL else len(entry)
        for entry in entries
        if entry == ALL or code.startswith(entry)
    ]
    return max(lengths, default=-1)


class Suppressions:
    """The `<!-- xiezuo: ignore CUT001 -->` comments of a text.

    On a line of its own, a comment covers the next block; at the end of a line, that line;
    `ignore-file` covers the whole text. Without codes, a comment covers every rule.
    """

    def __init__(self, document: MarkdownDocument) -> None:
        self._covered: dict[str, SpanSet] = {}
        source = document.source
        if "xiezuo:" not in source:
            return
        code = SpanSet(block.span for block in document.codes)
        starts = [block.span.start for block in document.blocks]
        scopes: defaultdict[str, list[Span]] = defaultdict(list)
        for comment in _COMMENT.finditer(source):
            place = Span(*comment.span())
            if not code.covers(place.start):
                scope = self._scope(document, starts, place, comment[1])
                for rule_code in set(_CODE.findall(comment[2])) or {ALL}:
                    scopes[rule_code].append(scope)
        self._covered = {rule_code: SpanSet(spans) for rule_code, spans in scopes.items()}

    def _scope(self, document: MarkdownDocument, starts: list[int], at: Span, word: str) -> Span:
        if word == "ignore-file":
            return Span(0, len(document.source) + 1)
        line = document.lines[document.line_of(at.start)]
        if Span(line.start, at.start).of(document.source).strip():
            return Span(line.start, line.end + 1)
        following = bisect_left(starts, at.end)
        end = document.blocks[following].span.end if following < len(starts) else line.end
        return Span(at.start, end + 1)

    def hide(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment covers the diagnostic's span and rule."""
        return any(
            (code == ALL or diagnostic.code.startswith(code)) and cover.touches(diagnostic.span)
            for code, cover in self._covered.items()
        )

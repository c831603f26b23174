"""Runs rules over a text, and fixes over what they find."""

import gc
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from xiezuo.i18n import current_language, ui_language
from xiezuo.lint.context import FinishReason, LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.expected import BriefParts, Expected
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules import RULES
from xiezuo.lint.select import Suppressions, select
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.words import TextLanguage

_ROUNDS = 10  # of fixing; a fix may uncover what another rule can fix then


@dataclass(frozen=True)
class FixResult:
    """A text after its fixes.

    Attributes:
        text: the new text.
        fixed: the diagnostics that were removed, in the order of their removal.
        remaining: what is left in the new text.
        edits: for each round, the edits made to the text of that round.
    """

    text: str
    fixed: tuple[Diagnostic, ...]
    remaining: tuple[Diagnostic, ...]
    edits: tuple[Edits, ...]


class Linter:
    """Rules, chosen and tuned once, for many texts."""

    def __init__(
        self,
        rules: Iterable[Rule] = RULES,
        *,
        chosen: Sequence[str] = (),
        ignored: Sequence[str] = (),
        language: TextLanguage | None = None,
    ) -> None:
        """Choose from `rules` (see `select`); `language` is the texts', guessed when not given.

        Raises:
            LintConfigError: an entry of `chosen` or `ignored` fits no rule.
        """
        self.rules = select(rules, chosen, ignored)
        self.language: TextLanguage | None = language

    def lint(
        self,
        text: str,
        *,
        expected: Expected | None = None,
        brief: BriefParts | None = None,
        finish_reason: FinishReason | None = None,
    ) -> list[Diagnostic]:
        """Every diagnostic, in the order of the text."""
        with _collector_paused(), _one_language():
            return self._lint(text, expected, brief, finish_reason)

    def _lint(
        self,
        text: str,
        expected: Expected | None,
        brief: BriefParts | None,
        finish_reason: FinishReason | None,
    ) -> list[Diagnostic]:
        document = MarkdownDocument(text, self.language)
        page = LintContext(document, expected, brief, finish_reason)
        given = {"outline": expected is not None, "brief": brief is not None}
        suppressed = Suppressions(document)
        found: dict[tuple[int, int, str, str], Diagnostic] = {}
        for rule in self.rules:
            if brief is not None and rule.needs != "brief":
                continue
            if rule.needs and not given[rule.needs]:
                continue
            if not page.languages.intersection(rule.languages):
                continue
            for one in rule.check(page):
                if not suppressed.hide(one):
                    line, column = document.position(one.start)
                    key = (one.start, one.end, one.code, one.message)
                    found[key] = replace(one, line=line, column=column)
        return [found[key] for key in sorted(found)]

    def fix(
        self,
        text: str,
        *,
        unsafe: bool = False,
        expected: Expected | None = None,
        finish_reason: FinishReason | None = None,
    ) -> FixResult:
        """Apply safe fixes (and unsafe ones if asked) until none is left."""
        fixed: list[Diagnostic] = []
        rounds: list[Edits] = []
        remaining = self.lint(text, expected=expected, finish_reason=finish_reason)
        for _ in range(_ROUNDS):
            chosen, edits = _compatible(remaining, unsafe=unsafe)
            after = edits.apply(text)
            if after == text:
                break
            text = after
            fixed += chosen
            rounds.append(edits)
            remaining = self.lint(text, expected=expected, finish_reason=finish_reason)
        return FixResult(text, tuple(fixed), tuple(remaining), tuple(rounds))


@contextmanager
def _collector_paused() -> Generator[None]:
    """Keep Python's cycle collector still while a text is linted.

    Nearly everything allocated lives until the end; the collector would walk it again and again
    (a fifth of the time for a megabyte).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _one_language() -> Generator[None]:
    """Settle the language of messages once, not for each of thousands."""
    token = current_language.set(ui_language())
    try:
        yield
    finally:
        current_language.reset(token)


def _compatible(
    diagnostics: Iterable[Diagnostic], *, unsafe: bool
) -> tuple[list[Diagnostic], Edits]:
    """The fixes that can be applied together: the earlier one wins where two meet."""
    chosen: list[Diagnostic] = []
    edits: list[Edit] = []
    reached = -1
    fixable = [
        (diagnostic.fix, diagnostic)
        for diagnostic in diagnostics
        if diagnostic.fix and (diagnostic.fix.safe or unsafe)
    ]
    for fix, one in sorted(fixable, key=lambda pair: min(edit.start for edit in pair[0].edits)):
        if min(edit.start for edit in fix.edits) > reached:
            chosen.append(one)
            edits += fix.edits
            reached = max(edit.end for edit in fix.edits)
    return chosen, Edits(edits)


def lint(
    text: str,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    language: TextLanguage | None = None,
    outline: Expected | None = None,
    finish_reason: FinishReason | None = None,
) -> list[Diagnostic]:
    """Find the faults of a Markdown text.

    Args:
        text: Markdown.
        select: codes, or starts of codes, of the rules to run; the default ones when empty.
        ignore: those to leave out.
        language: of the text; guessed when not given.
        outline: what the text should contain; rules about it run only when it is given.
        finish_reason: why the engine stopped, when known.

    Returns:
        Diagnostics in the order of the text; offsets count characters.

    Raises:
        LintConfigError: `select` or `ignore` names no rule.
    """
    linter = Linter(chosen=select, ignored=ignore, language=language)
    return linter.lint(text, expected=outline, finish_reason=finish_reason)


def fix(
    text: str,
    *,
    unsafe: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    language: TextLanguage | None = None,
    outline: Expected | None = None,
) -> FixResult:
    """Apply the safe fixes (with `unsafe`, all) of the rules chosen as in `lint`.

    Raises:
        LintConfigError: `select` or `ignore` names no rule.
    """
    linter = Linter(chosen=select, ignored=ignore, language=language)
    return linter.fix(text, unsafe=unsafe, expected=outline)

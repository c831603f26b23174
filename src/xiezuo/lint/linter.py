"""Runs rules over a text and applies their fixes."""

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

_ROUNDS = 10  # of fixing; one fix may expose a fault that another rule can fix


@dataclass(frozen=True)
class FixResult:
    """A text after its fixes.

    Attributes:
        text: the new text.
        fixed: the diagnostics that were fixed, in the order of fixing.
        remaining: the diagnostics of the new text.
        edits: for each round, the edits made to the text of that round.
    """

    text: str
    fixed: tuple[Diagnostic, ...]
    remaining: tuple[Diagnostic, ...]
    edits: tuple[Edits, ...]


class Linter:
    """A selection of tuned rules, reusable for many texts."""

    def __init__(
        self,
        rules: Iterable[Rule] = RULES,
        *,
        chosen: Sequence[str] = (),
        ignored: Sequence[str] = (),
        language: TextLanguage | None = None,
    ) -> None:
        """Choose from `rules` (see `select`); `language` is that of the texts, guessed when None.

        Raises:
            LintConfigError: an entry of `chosen` or `ignored` matches no rule.
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
        """All diagnostics, in text order."""
        with _collector_paused(), _fixed_language():
            return self._lint(text, expected, brief, finish_reason)

    def _lint(
        self,
        text: str,
        expected: Expected | None,
        brief: BriefParts | None,
        finish_reason: FinishReason | None,
    ) -> list[Diagnostic]:
        document = MarkdownDocument(text, self.language)
        context = LintContext(document, expected, brief, finish_reason)
        given = {"outline": expected is not None, "brief": brief is not None}
        suppressed = Suppressions(document)
        diagnostics: dict[tuple[int, int, str, str], Diagnostic] = {}
        for rule in self.rules:
            if brief is not None and rule.needs != "brief":
                continue
            if rule.needs and not given[rule.needs]:
                continue
            if not context.languages.intersection(rule.languages):
                continue
            for diagnostic in rule.check(context):
                if not suppressed.hide(diagnostic):
                    line, column = document.position(diagnostic.start)
                    key = (diagnostic.start, diagnostic.end, diagnostic.code, diagnostic.message)
                    diagnostics[key] = replace(diagnostic, line=line, column=column)
        return [diagnostics[key] for key in sorted(diagnostics)]

    def fix(
        self,
        text: str,
        *,
        unsafe: bool = False,
        expected: Expected | None = None,
        finish_reason: FinishReason | None = None,
    ) -> FixResult:
        """Apply safe fixes (with `unsafe`, all fixes) until none is left or ten rounds have passed."""
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
    """Pause Python's cyclic garbage collector while a text is linted.

    Nearly every object lives until the end, so each collection would traverse them all in vain
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
def _fixed_language() -> Generator[None]:
    """Determine the language of messages once instead of once per diagnostic."""
    token = current_language.set(ui_language())
    try:
        yield
    finally:
        current_language.reset(token)


def _compatible(
    diagnostics: Iterable[Diagnostic], *, unsafe: bool
) -> tuple[list[Diagnostic], Edits]:
    """The fixes that can be applied together; of two that overlap, the earlier one wins."""
    chosen: list[Diagnostic] = []
    edits: list[Edit] = []
    reached = -1
    fixable = [
        (diagnostic.fix, diagnostic)
        for diagnostic in diagnostics
        if diagnostic.fix and (diagnostic.fix.safe or unsafe)
    ]
    for fix, diagnostic in sorted(
        fixable, key=lambda pair: min(edit.start for edit in pair[0].edits)
    ):
        if min(edit.start for edit in fix.edits) > reached:
            chosen.append(diagnostic)
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
        select: codes, or prefixes of codes, of the rules to run; the default rules when empty.
        ignore: codes, or prefixes of codes, of the rules to skip.
        language: of the text; guessed when None.
        outline: the planned sections; the rules that need them run only when it is given.
        finish_reason: why the engine stopped, if known.

    Returns:
        Diagnostics in text order; offsets count characters.

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
    """Apply the safe fixes (with `unsafe`, all fixes) of the rules selected as in `lint`.

    Raises:
        LintConfigError: `select` or `ignore` names no rule.
    """
    linter = Linter(chosen=select, ignored=ignore, language=language)
    return linter.fix(text, unsafe=unsafe, expected=outline)

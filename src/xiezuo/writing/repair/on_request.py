"""Repairs one diagnostic that the user points at; the result is edits to accept or reject.

The cheapest method that works is used: the rule's own fix, a fix of the code without the model, or
the passage rewritten until the linter no longer finds the fault in it.
"""

from dataclasses import dataclass

from xiezuo.lint import Diagnostic, Linter
from xiezuo.lint.rules import RULES
from xiezuo.markdown.edits import Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage
from xiezuo.writing.edit.diff import edits_between
from xiezuo.writing.edit.passage import PassageCandidate, is_passage, rewrite_until_sound
from xiezuo.writing.edit.rewrite import Rewrite, RewriteContext, Selection
from xiezuo.writing.model.candidate import REJECTED, SOUND, choose
from xiezuo.writing.repair.python_fixes import fix_python
from xiezuo.writing.repair.score import paragraph_of

_CODES = frozenset(rule.code for rule in RULES)
_LONGEST = 2400  # characters of a passage that is rewritten
_SHORTEST = 0.4  # of the old passage's words
_FAULTY = 1.0  # the score of other words with the same fault
_UNCHANGED = 2.0


@dataclass(frozen=True, slots=True)
class ReportedDiagnostic:
    """A fault that the user points at: the rule's code, its message, its characters."""

    code: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class OnRequestRepair:
    """Edits of a section's body.

    Attributes:
        sound: whether the fault is gone.
        tokens: generated for it.
    """

    edits: Edits
    sound: bool
    tokens: int = 0


def find_diagnostic(body: str, language: TextLanguage, code: str, span: Span) -> Diagnostic | None:
    """The linter's diagnostic with this code at exactly these characters of `body`, if any.

    Raises:
        LintConfigError: there is no such rule.
    """
    for diagnostic in Linter(chosen=[code], language=language).lint(body):
        if (diagnostic.code, diagnostic.span) == (code, span):
            return diagnostic
    return None


async def repair_on_request(
    pen: RewriteContext, heading: str, body: str, fault: ReportedDiagnostic
) -> OnRequestRepair:
    """Edits of `body`, the text of the section `heading`, against one fault.

    Raises:
        EngineError
    """
    if fault.code in _CODES:
        diagnostic = find_diagnostic(body, pen.brief.written_in, fault.code, fault.span)
        if diagnostic is not None and diagnostic.fix is not None:
            return OnRequestRepair(Edits(diagnostic.fix.edits), sound=True)
    if fault.code.startswith("COD"):
        fixed = fix_python(body)
        if fixed != body and _count(pen, fixed, fault.code) < _count(pen, body, fault.code):
            return OnRequestRepair(edits_between(body, fixed), sound=True)
    return await _rewritten(pen, Selection(heading, body, paragraph_of(body, fault.span)), fault)


async def _rewritten(
    pen: RewriteContext, selection: Selection, fault: ReportedDiagnostic
) -> OnRequestRepair:
    passage, body = selection.passage, selection.body
    if not passage.strip() or len(passage) > _LONGEST:
        return OnRequestRepair(Edits([]), sound=False)
    before = _count(pen, body, fault.code)

    def score(answer: Rewrite) -> float:
        if not answer.edits or not is_passage(passage, answer.text, _SHORTEST):
            return REJECTED
        if before and _count(pen, answer.edits.apply(body), fault.code) < before:
            return SOUND
        return _FAULTY

    attempts = rewrite_until_sound(pen, selection, fault.message, score)
    answers = [answer async for answer in attempts]
    unchanged = PassageCandidate(body=passage, score=_UNCHANGED, edits=Edits([]))
    best = choose([*reversed(answers), unchanged])  # of answers as good, the last one
    tokens = sum(answer.tokens for answer in answers)
    return OnRequestRepair(best.edits, best.score == SOUND, tokens)


def _count(pen: RewriteContext, body: str, code: str) -> int:
    """How often the linter finds this fault; 0 for a fault that is not the linter's."""
    if code not in _CODES:
        return 0
    return len(Linter(chosen=[code], language=pen.brief.written_in).lint(body))

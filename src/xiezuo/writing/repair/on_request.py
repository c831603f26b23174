"""Mending one diagnostic that a person points at: the answer is edits to take or leave.

The cheapest way that works is taken: the rule's own fix, code that is mended without a model, the
passage asked for again until the linter no longer finds the fault in it.
"""

from dataclasses import dataclass, replace

from xiezuo.lint import Diagnostic, Linter
from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.lint.rules import RULES
from xiezuo.markdown.edits import Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing.edit.diff import edits_between
from xiezuo.writing.edit.rewrite import RewriteContext, Selection, rewrite
from xiezuo.writing.repair.python_fixes import fix_python
from xiezuo.writing.repair.score import paragraph_of

_CODES = frozenset(rule.code for rule in RULES)
TRIES = 3  # at a passage
_LONGEST = 2400  # characters of a passage that is asked for again
_SHORTEST = 0.4  # of the old passage's words


@dataclass(frozen=True, slots=True)
class PointedDiagnostic:
    """A fault that a person pointed at: the rule's code, its sentence, its characters."""

    code: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class OnRequestRepair:
    """Edits of a section's body.

    Attributes:
        sound: the linter does not find the fault any more.
        tokens: generated for it.
    """

    edits: Edits
    sound: bool
    tokens: int = 0


def find_diagnostic(body: str, language: TextLanguage, code: str, span: Span) -> Diagnostic | None:
    """What the linter finds in `body` at these characters, if it does.

    Raises:
        LintConfigError: there is no such rule.
    """
    for one in Linter(chosen=[code], language=language).lint(body):
        if (one.code, one.span) == (code, span):
            return one
    return None


async def repair_on_request(
    pen: RewriteContext, heading: str, body: str, fault: PointedDiagnostic
) -> OnRequestRepair:
    """Edits of `body`, the text of the section `heading`, against one fault.

    Raises:
        EngineError
    """
    found = None
    if fault.code in _CODES:
        found = find_diagnostic(body, pen.brief.written_in, fault.code, fault.span)
    if found is not None and found.fix is not None:
        return OnRequestRepair(Edits(found.fix.edits), sound=True)
    if fault.code.startswith("COD"):
        code = fix_python(body)
        if code != body and _count(pen, code, fault.code) < _count(pen, body, fault.code):
            return OnRequestRepair(edits_between(body, code), sound=True)
    return await _asked_again(pen, heading, body, fault)


async def _asked_again(
    pen: RewriteContext, heading: str, body: str, fault: PointedDiagnostic
) -> OnRequestRepair:
    span = paragraph_of(body, fault.span)
    passage = span.of(body)
    if not passage.strip() or len(passage) > _LONGEST:
        return OnRequestRepair(Edits([]), sound=False)
    before, tokens, last = _count(pen, body, fault.code), 0, Edits([])
    for attempt in range(TRIES):
        again = replace(pen, seed=pen.seed + attempt)
        asked = await rewrite(again, Selection(heading, body, span), "mend", fault.message)
        tokens += asked.tokens
        if not asked.edits or not _is_passage(passage, asked.text):
            continue
        last = asked.edits
        if before and _count(pen, last.apply(body), fault.code) < before:
            return OnRequestRepair(last, sound=True, tokens=tokens)
    return OnRequestRepair(last, sound=False, tokens=tokens)


def _count(pen: RewriteContext, body: str, code: str) -> int:
    """How often the linter finds this fault; never, where it is not the linter's."""
    if code not in _CODES:
        return 0
    return len(Linter(chosen=[code], language=pen.brief.written_in).lint(body))


def _is_passage(old: str, new: str) -> bool:
    enough = count_words(new) >= _SHORTEST * count_words(old)
    return enough and not is_chatter(new[:200], opening=True)

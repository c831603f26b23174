"""The score of a section: what the linter finds in the body below its heading, weighed."""

import re
from dataclasses import dataclass
from functools import cache

from xiezuo.lint import Diagnostic, Linter
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage, count_words
from xiezuo.writing.model.events import StoredDiagnostic

LENGTH_MARGIN = 0.15  # of the planned length
# Rules about whole documents, about style, and those whose subject the score weighs itself.
_IGNORED = (
    "STR001",
    "STR002",
    "STR005",
    "STR006",
    "STR008",
    "STR010",
    "STR011",
    "PAD",
    "COD013",
    "CUT006",
)
_PROSE_LINE = re.compile(r"^\s*[A-Z][^\n{}=;<>]{20,}[.!?:,]?\s*$|[\u4e00-\u9fff]{6}", re.MULTILINE)
_WEIGHTS = {"error": 10.0, "warning": 2.0, "info": 0.2}
# Deleting a repetition is safe in text that nobody has read yet.
_DELETED = frozenset(
    {"REP001", "REP002", "REP007", "COD011", "COD012", "FMT013", "FMT014", "FMT016"}
)


@dataclass(frozen=True)
class SectionScore:
    """A body and its diagnostics, with offsets in the body.

    Attributes:
        score: how bad it is; 0 is sound. An error weighs 10, a warning 2, and a length that is a
            tenth of the target outside the margin weighs 4.
    """

    body: str
    diagnostics: tuple[Diagnostic, ...]
    score: float

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Diagnostics that a section must not have: errors, and undefined names in code."""
        return tuple(
            diagnostic
            for diagnostic in self.diagnostics
            if diagnostic.severity == "error" or diagnostic.code == "COD002"
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules with errors, each once."""
        return tuple(
            dict.fromkeys(
                diagnostic.code for diagnostic in self.diagnostics if diagnostic.severity == "error"
            )
        )

    @property
    def faults(self) -> tuple[StoredDiagnostic, ...]:
        return tuple(
            StoredDiagnostic(error.code, error.severity, error.message, error.start, error.end)
            for error in self.errors
        )


@cache
def _linter(language: TextLanguage) -> Linter:
    return Linter(ignored=_IGNORED, language=language)


def score_section(body: str, words: int, language: TextLanguage) -> SectionScore:
    """Lint a section's body; `words` is the length it should have now."""
    diagnostics = _linter(language).lint(body)
    score = sum(_WEIGHTS[diagnostic.severity] for diagnostic in diagnostics)
    deviation = abs(count_words(body) / max(1, words) - 1)
    score += 40 * max(0.0, deviation - LENGTH_MARGIN)
    if not body.strip():
        score += 1000
    return SectionScore(body, tuple(diagnostics), score)


def apply_safe_fixes(body: str, language: TextLanguage) -> str:
    """The body after all safe fixes, with repetitions deleted."""
    text = _linter(language).fix(_unindent(body)).text
    for _ in range(3):
        edits: list[Edit] = []
        reached = -1
        for diagnostic in _linter(language).lint(text):
            fix = diagnostic.fix
            if fix is None or not (fix.safe or diagnostic.code in _DELETED):
                continue
            if min(edit.start for edit in fix.edits) > reached:
                edits += fix.edits
                reached = max(edit.end for edit in fix.edits)
        if not edits:
            break
        text = _tidy(Edits(edits).apply(text))
    return text


def _unindent(text: str) -> str:
    """Turn prose that is indented like code back into paragraphs."""
    return Edits(
        Edit(*block.span, "\n".join(map(str.strip, block.content.split("\n"))))
        for block in MarkdownDocument(text).codes
        if not block.fence and not block.depth and _PROSE_LINE.search(block.content)
    ).apply(text)


def _tidy(text: str) -> str:
    """Close the gaps that deleted sentences and paragraphs leave."""
    lines = [line.rstrip() if line.strip() else "" for line in text.split("\n")]
    tidied: list[str] = []
    for line in lines:
        if line or (tidied and tidied[-1]):
            tidied.append(line)
    return "\n".join(tidied).strip()


def paragraph_of(body: str, span: Span) -> Span:
    """The paragraph of `body` that holds `span`."""
    start = body.rfind("\n\n", 0, span.start + 1)
    end = body.find("\n\n", span.end)
    return Span(start + 2 if start >= 0 else 0, end if end >= 0 else len(body))

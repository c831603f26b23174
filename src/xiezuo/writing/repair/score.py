"""What is wrong with one section, and how wrong: the linter's view of a body below its heading."""

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
# What only a whole document can show, style that is the writer's own, and what we judge ourselves.
_NOT_HERE = (
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
# Removing what was said twice is right in text that nobody has read yet.
_SURE = frozenset({"REP001", "REP002", "REP007", "COD011", "COD012", "FMT013", "FMT014", "FMT016"})


@dataclass(frozen=True)
class SectionScore:
    """A body and its diagnostics, with offsets in the body.

    Attributes:
        score: how bad it is; 0 is sound. Errors weigh 10, warnings 2, and being a tenth shorter or
            longer than the margin allows weighs 4.
    """

    body: str
    diagnostics: tuple[Diagnostic, ...]
    score: float

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Diagnostics with which a section cannot stand: errors, and names that are not defined."""
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
    return Linter(ignored=_NOT_HERE, language=language)


def score_section(body: str, words: int, language: TextLanguage) -> SectionScore:
    """Lint a section's body; `words` is the length it should have now."""
    found = _linter(language).lint(body)
    score = sum(_WEIGHTS[one.severity] for one in found)
    off = abs(count_words(body) / max(1, words) - 1)
    score += 40 * max(0.0, off - LENGTH_MARGIN)
    if not body.strip():
        score += 1000
    return SectionScore(body, tuple(found), score)


def apply_safe_fixes(body: str, language: TextLanguage) -> str:
    """The body after its safe fixes, and the removal of what was said twice."""
    text = _linter(language).fix(_unindent(body)).text
    for _ in range(3):
        edits: list[Edit] = []
        reached = -1
        for one in _linter(language).lint(text):
            sure = one.code in _SURE or (one.fix is not None and one.fix.safe)
            if one.fix and sure and min(edit.start for edit in one.fix.edits) > reached:
                edits += one.fix.edits
                reached = max(edit.end for edit in one.fix.edits)
        if not edits:
            break
        text = _tidy(Edits(edits).apply(text))
    return text


def _unindent(text: str) -> str:
    """Prose that Markdown takes for code because it is indented, as paragraphs again."""
    return Edits(
        Edit(*block.span, "\n".join(map(str.strip, block.content.split("\n"))))
        for block in MarkdownDocument(text).codes
        if not block.fence and not block.depth and _PROSE_LINE.search(block.content)
    ).apply(text)


def _tidy(text: str) -> str:
    """No gaps where sentences or paragraphs were taken out."""
    lines = [line.rstrip() if line.strip() else "" for line in text.split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def paragraph_of(body: str, span: Span) -> Span:
    """The paragraph of `body` that holds `span`."""
    start = body.rfind("\n\n", 0, span.start + 1)
    end = body.find("\n\n", span.end)
    return Span(start + 2 if start >= 0 else 0, end if end >= 0 else len(body))

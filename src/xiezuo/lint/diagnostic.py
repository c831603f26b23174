"""Diagnostics, and the fixes that remove them."""

from dataclasses import dataclass
from typing import Literal

from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove a diagnostic.

    A safe fix changes neither the meaning nor the rendering of anything outside its edits.
    """

    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault in a text.

    Attributes:
        code: the code of the rule, such as `CUT002`.
        name: the rule's name for the fault.
        severity: `error`, `warning` or `info`.
        message: one sentence in the user's language.
        span: the characters at fault.
        line, column: where the span begins, from 1.
        fix: the edits that remove the fault, if the rule has any.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    line: int = 1
    column: int = 1
    fix: Fix | None = None

    @property
    def start(self) -> int:
        return self.span.start

    @property
    def end(self) -> int:
        return self.span.end

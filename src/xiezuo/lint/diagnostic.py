"""What a rule found, and how it can be mended."""

from dataclasses import dataclass
from typing import Literal

from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove a diagnostic.

    A safe one leaves the meaning, and the rendering of everything outside its edits, as they are.
    """

    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault.

    Attributes:
        code: the rule's, such as `CUT002`.
        name: the rule's name for the fault.
        severity: how bad it is.
        message: one sentence in the user's language.
        span: the characters at fault.
        line, column: where they begin, from 1.
        fix: what would remove it.
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

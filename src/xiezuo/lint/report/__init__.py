"""Report formats, one module each."""

from dataclasses import dataclass, field

from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.markdown.document import MarkdownDocument


@dataclass(frozen=True)
class FileReport:
    """The diagnostics of one text; `path` is `-` for standard input."""

    path: str
    source: str
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    @property
    def document(self) -> MarkdownDocument:
        """The parsed source, for lines and columns."""
        return MarkdownDocument(self.source)

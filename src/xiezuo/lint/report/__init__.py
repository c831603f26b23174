"""How findings are shown: one file per format."""

from dataclasses import dataclass, field

from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.markdown.document import MarkdownDocument


@dataclass(frozen=True)
class FileReport:
    """The findings in one text; `path` is `-` for standard input."""

    path: str
    source: str
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    @property
    def document(self) -> MarkdownDocument:
        """For lines and columns of the source."""
        return MarkdownDocument(self.source)

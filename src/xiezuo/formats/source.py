"""The document to export, and its file name."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from xiezuo.i18n import Language

_CHARACTERS = re.compile(r"[^\w\- ]+")
_LONGEST = 80
# Names that Windows reserves for devices; https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")


@dataclass(frozen=True, slots=True)
class Source:
    """A complete document.

    Attributes:
        text: Markdown; the title is its level 1 heading.
        language: of the text.
        front_matter: written before Markdown as YAML, such as the date; empty for none.
        fonts: a folder with additional fonts for PDF.
    """

    text: str
    language: Language = "en"
    front_matter: dict[str, str] = field(default_factory=dict[str, str])
    fonts: Path | None = None


def file_name(title: str | None) -> str:
    """`title` as a file name without ending that is valid on every system; never empty."""
    name = _CHARACTERS.sub(" ", title or "")
    name = " ".join(name.split())[:_LONGEST].strip()
    return "document" if not name or _DEVICES.match(name) else name

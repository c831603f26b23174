"""Exports DOCX with Word's built-in styles, so that a document can be restyled in one place."""

import io
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from xiezuo.formats import pandoc
from xiezuo.formats.source import Source

STYLES = "word/styles.xml"
# `sz` is in eighths of a point; the colour is that of Word's light grid.
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_TABLE = '<w:tblInd w:w="0" w:type="dxa" />'


def write(source: Source) -> bytes:
    with tempfile.TemporaryDirectory(prefix="xiezuo-docx-") as folder:
        reference = Path(folder) / "reference.docx"
        reference.write_bytes(_reference())
        return pandoc.run(
            source,
            "docx",
            f"--reference-doc={reference}",
            "--toc",
            "--toc-depth=2",
            "--syntax-highlighting=pygments",
        )


@cache
def _reference() -> bytes:
    """Pandoc's reference document, with borders added to table cells."""
    command = [pandoc.program(), "--print-default-data-file=reference.docx"]
    original = subprocess.run(
        command, capture_output=True, check=True, timeout=pandoc.SECONDS
    ).stdout
    styled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(styled, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == STYLES:
                ruled = f"{_TABLE}<w:tblBorders>{_BORDERS}</w:tblBorders>"
                content = content.replace(_TABLE.encode(), ruled.encode(), 1)
            new.writestr(entry, content)
    return styled.getvalue()

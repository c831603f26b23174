"""Exports PDF with typst: table of contents, page numbers, fonts for Chinese and Latin text.

https://typst.app/docs
"""

import importlib
import tempfile
from pathlib import Path
from typing import Any, Literal

from xiezuo.errors import ExportError, ExportToolMissingError, FontMissingError
from xiezuo.formats import pandoc
from xiezuo.formats.source import Source
from xiezuo.markdown.words import count_ideographs, count_words

# Fonts that cover everyday Chinese, those best for body text first.
HAN_FONTS = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Songti SC",
    "SimSun",
    "AR PL UMing CN",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)

BOOK_WORDS = 1500  # longer documents get a title page and a table of contents
PREVIEW_PPI = 110


def write(source: Source) -> bytes:
    return _compile(source, "pdf")


def pages(source: Source) -> list[bytes]:
    """The pages of the PDF as PNG images: a preview in which nothing can run.

    Raises:
        ExportToolMissingError: pandoc or typst is not installed.
        FontMissingError: the text is Chinese and no installed font covers it.
        ExportError: a converter failed.
    """
    images = _compile(source, "png")
    return [images] if isinstance(images, bytes) else images


def _compile(source: Source, form: Literal["pdf", "png"]) -> Any:  # noqa: ANN401 - typst's
    compiler = typst()
    folders = [str(source.fonts)] if source.fonts and source.fonts.is_dir() else []
    families = compiler.Fonts(font_paths=folders).families()
    han = next((font for font in HAN_FONTS if font in families), None)
    if han is None and count_ideographs(source.text):
        raise FontMissingError(fonts=", ".join(HAN_FONTS[:2]), folder=source.fonts or "")
    typst_source = pandoc.run(
        source,
        "typst",
        f"--template={pandoc.template('document.typ')}",
        "--syntax-highlighting=idiomatic",
        "--wrap=preserve",
        f"--variable=language:{source.language}",
        *(["--variable=chinese:1"] if source.language == "zh" else []),
        *([f"--variable=han:{han}"] if han else []),
        *(["--toc"] if count_words(source.text) >= BOOK_WORDS else []),
    )
    with tempfile.TemporaryDirectory(prefix="xiezuo-pdf-") as folder:
        (Path(folder) / "document.typ").write_bytes(typst_source)
        try:
            return compiler.compile(
                str(Path(folder) / "document.typ"),
                root=folder,
                font_paths=folders,
                format=form,
                ppi=PREVIEW_PPI,
            )
        except compiler.TypstError as error:
            raise ExportError(problem=f"typst: {error}") from error


def typst() -> Any:  # noqa: ANN401 - an optional module
    """The module of the typst compiler.

    Raises:
        ExportToolMissingError: it is not installed.
    """
    try:
        return importlib.import_module("typst")
    except ImportError as error:
        raise ExportToolMissingError(tool="typst") from error

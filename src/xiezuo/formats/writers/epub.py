"""Exports EPUB 3 with one file per chapter."""

from xiezuo.formats import pandoc
from xiezuo.formats.source import Source


def write(source: Source) -> bytes:
    style = pandoc.template("book.css").read_text("utf-8")
    return pandoc.run(
        source,
        "epub3",
        f"--variable=header-includes:<style>{style}</style>",
        "--mathml",
        "--toc",
        "--toc-depth=2",
        "--split-level=1",
        "--syntax-highlighting=pygments",
    )

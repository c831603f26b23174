"""EPUB 3: a chapter a file."""

from xiezuo.export import pandoc
from xiezuo.export.source import Source


def convert(source: Source) -> bytes:
    style = pandoc.own("book.css").read_text("utf-8")
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

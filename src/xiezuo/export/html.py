"""HTML in one file: its own style, ready for print, and nothing that runs or loads."""

from xiezuo.export import pandoc
from xiezuo.export.source import Source


def convert(source: Source) -> bytes:
    return pandoc.run(
        source,
        "html5",
        f"--template={pandoc.own('document.html')}",
        "--mathml",
        "--toc",
        "--toc-depth=2",
        "--syntax-highlighting=pygments",
        "--wrap=preserve",
    )

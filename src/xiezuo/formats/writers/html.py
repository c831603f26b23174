"""HTML in one file: its own style, ready for print, and nothing that runs or loads."""

from xiezuo.formats import pandoc
from xiezuo.formats.source import Source


def write(source: Source) -> bytes:
    return pandoc.run(
        source,
        "html5",
        f"--template={pandoc.template('document.html')}",
        "--mathml",
        "--toc",
        "--toc-depth=2",
        "--syntax-highlighting=pygments",
        "--wrap=preserve",
    )

"""Exports one self-contained HTML file, ready for print, without scripts or external resources."""

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

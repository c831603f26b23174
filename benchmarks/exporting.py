"""Time to export a book of 300 pages, in each format, and how many pages the PDF has.

    python benchmarks/exporting.py [--fonts FOLDER]

Wanted: less than 20 s each. Half of the text is Chinese if there is a font for it.
"""

import argparse
import io
import time
from pathlib import Path

from pypdf import PdfReader

from xiezuo.errors import FontMissingError
from xiezuo.formats.exporting import export
from xiezuo.formats.registry import EXPORTED
from xiezuo.formats.source import Source

CHAPTERS = 104
ENGLISH = (
    "The harbour was still dark when the first boats came in, and nobody on the quay said a word "
    "about the storm. They counted the lamps instead, one for each crew, and waited. "
)
CHINESE = (
    "天还没有亮，第一批船已经进港，码头上没有人提起昨夜的风暴。"
    "他们只是数着灯，一盏一条船，然后等待。"
)
CODE = "```python\ndef count(lamps):\n    return sum(lamp.is_lit for lamp in lamps)\n```"
TABLE = "| boat | crew | lamp |\n| --- | ---: | --- |\n" + "| Anna | 7 | lit |\n" * 6


def book(*, chinese: bool) -> str:
    chapters: list[str] = []
    for at in range(CHAPTERS):
        paragraph = CHINESE * 7 if chinese and at % 2 else ENGLISH * 4
        prose = "\n\n".join([paragraph] * 14)
        chapters.append(f"## Chapter {at + 1}\n\n{prose}\n\n### Lamps\n\n{CODE}\n\n{TABLE}")
    return "# The Harbour\n\n" + "\n\n".join(chapters) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path)
    fonts: Path | None = parser.parse_args().fonts
    source = Source(book(chinese=True), "zh", fonts=fonts)
    try:
        export(Source("茶", "zh", fonts=fonts), "pdf")
    except FontMissingError:
        source = Source(book(chinese=False))
    print(f"{len(source.text):,} characters, {source.language}")
    for kind in (each.id for each in EXPORTED):
        started = time.perf_counter()
        made = export(source, kind)
        seconds = time.perf_counter() - started
        pages = f", {len(PdfReader(io.BytesIO(made)).pages)} pages" if kind == "pdf" else ""
        print(f"{kind}: {seconds:.2f} s, {len(made) / 1e6:.2f} MB{pages}")


if __name__ == "__main__":
    main()

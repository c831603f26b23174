"""`xiezuo export`: a text as HTML, DOCX, EPUB or PDF."""

from pathlib import Path
from typing import Annotated

import typer

from xiezuo.language import Text

HELP = str(
    Text(
        "Make a Markdown file into HTML, DOCX, EPUB or PDF; the name given with -o tells which.",
        "把 Markdown 文件转换为 HTML、DOCX、EPUB 或 PDF；由 -o 的文件名决定格式。",
    )
)
File = Annotated[Path, typer.Argument(help=str(Text("A Markdown file.", "Markdown 文件。")))]
Output = Annotated[Path, typer.Option("--output", "-o", help=str(Text("Where to.", "输出文件。")))]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help=str(Text("Replace what is there.", "覆盖已有文件。")))
]


def export(file: File, output: Output, *, overwrite: Overwrite = False) -> None:
    import asyncio

    from xiezuo.cli.configuration import configured
    from xiezuo.export import FORMATS, format_of
    from xiezuo.export import export as convert
    from xiezuo.export.source import Source
    from xiezuo.text.words import language_of
    from xiezuo.writing.files import (
        check_writable,
        read_document,
        refuse_to_overwrite,
        save_document,
    )

    kind = format_of(output)
    if kind is None:
        endings = ", ".join(f".{one}" for one in FORMATS)
        raise typer.BadParameter(
            str(Text(f"its name must end in one of {endings}", f"文件名须以 {endings} 之一结尾")),
            param_hint="-o",
        )
    if not overwrite:
        refuse_to_overwrite(output)
    check_writable(output)
    text = read_document(file)
    fonts = configured().data_dir / "fonts"
    made = convert(Source(text, language_of(text), fonts=fonts), kind)
    asyncio.run(save_document(output, made))

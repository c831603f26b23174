"""`xiezuo export`: convert a Markdown file to another format."""

from pathlib import Path
from typing import Annotated

import typer

from xiezuo.cli._options import MarkdownFile, Overwrite
from xiezuo.formats.registry import EXPORTED, format_of, names
from xiezuo.i18n import Text

_TARGETS = tuple(format_ for format_ in EXPORTED if format_.id != "md")
HELP = str(
    Text(
        f"Convert a Markdown file to {names(_TARGETS, 'en')}, by the file name given with -o.",
        f"把 Markdown 文件转换为 {names(_TARGETS, 'zh')}；格式由 -o 指定的文件名决定。",
    )
)
Output = Annotated[
    Path, typer.Option("--output", "-o", help=str(Text("File to save to.", "输出文件。")))
]


def export(file: MarkdownFile, output: Output, *, overwrite: Overwrite = False) -> None:
    import asyncio

    from xiezuo.cli._settings import configured
    from xiezuo.formats.exporting import export as convert
    from xiezuo.formats.source import Source
    from xiezuo.markdown.words import language_of
    from xiezuo.writing.files import (
        check_writable,
        read_document,
        refuse_to_overwrite,
        save_document,
    )

    target = format_of(output)
    if target is None or target.writer is None:
        endings = ", ".join(ending for format_ in EXPORTED for ending in format_.endings)
        raise typer.BadParameter(
            str(Text(f"the name must end in one of {endings}", f"文件名须以 {endings} 之一结尾")),
            param_hint="-o",
        )
    if not overwrite:
        refuse_to_overwrite(output)
    check_writable(output)
    text = read_document(file)
    fonts = configured().data_dir / "fonts"
    exported = convert(Source(text, language_of(text), fonts=fonts), target.id)
    asyncio.run(save_document(output, exported))

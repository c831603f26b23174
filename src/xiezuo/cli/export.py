"""`xiezuo export`: a Markdown file in another format."""

from pathlib import Path
from typing import Annotated

import typer

from xiezuo.formats.registry import EXPORTED, format_of, names
from xiezuo.i18n import Text

_MADE = tuple(each for each in EXPORTED if each.id != "md")
HELP = str(
    Text(
        f"Make a Markdown file into {names(_MADE, 'en')}; the name given with -o tells which.",
        f"把 Markdown 文件转换为 {names(_MADE, 'zh')}；由 -o 的文件名决定格式。",
    )
)
File = Annotated[Path, typer.Argument(help=str(Text("A Markdown file.", "Markdown 文件。")))]
Output = Annotated[Path, typer.Option("--output", "-o", help=str(Text("Where to.", "输出文件。")))]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help=str(Text("Replace what is there.", "覆盖已有文件。")))
]


def export(file: File, output: Output, *, overwrite: Overwrite = False) -> None:
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

    wanted = format_of(output)
    if wanted is None or wanted.writer is None:
        endings = ", ".join(ending for each in EXPORTED for ending in each.endings)
        raise typer.BadParameter(
            str(Text(f"its name must end in one of {endings}", f"文件名须以 {endings} 之一结尾")),
            param_hint="-o",
        )
    if not overwrite:
        refuse_to_overwrite(output)
    check_writable(output)
    text = read_document(file)
    fonts = configured().data_dir / "fonts"
    made = convert(Source(text, language_of(text), fonts=fonts), wanted.id)
    asyncio.run(save_document(output, made))

"""`xiezuo outline`: plan a document without writing it."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xiezuo.cli._options import BaseUrl, ModelName, Output, Overwrite, Seed, Words
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.settings import Settings
    from xiezuo.writing.model.brief import Brief

HELP = str(
    Text(
        "Plan a document: title, sections, lengths, and one line about each section.\n\n"
        "Edit the outline, then write from it: xiezuo write BRIEF --outline FILE.",
        "规划一篇文档：标题、章节、篇幅，每节一句说明。\n\n"
        "修改输出的大纲后，用 xiezuo write BRIEF --outline FILE 写作。",
    )
)


def outline(
    brief: Words = None,
    output: Output = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = None,
    *,
    overwrite: Overwrite = False,
) -> None:
    from xiezuo.cli._options import engine_flags, read_words
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run
    from xiezuo.writing import files

    settings = configured(**engine_flags(model, base_url))
    parsed = read_words(brief or [])
    if output is not None and not overwrite:
        files.refuse_to_overwrite(output)
    run(_outline(parsed, settings, output, seed, fallback=model is None))


async def _outline(
    brief: "Brief", settings: "Settings", output: Path | None, seed: int | None, *, fallback: bool
) -> None:
    from xiezuo.cli._display import QuietDisplay
    from xiezuo.cli._studio import listeners_of
    from xiezuo.studio import Studio, new_seed
    from xiezuo.writing.files import save_document
    from xiezuo.writing.planning.outline_markdown import outline_text

    listeners = listeners_of(QuietDisplay())
    async with Studio(settings, listeners, fallback=fallback, modes=("careful",)) as studio:
        planned = await studio.plan(brief, new_seed() if seed is None else seed)
    if output is None:
        typer.echo(outline_text(planned), nl=False)
    else:
        await save_document(output, outline_text(planned))

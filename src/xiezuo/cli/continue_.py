"""`xiezuo continue`: write on at the end of an existing text."""

from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import BaseUrl, MarkdownFile, ModelName, Seed
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.studio import Studio

HELP = str(Text("Continue a text at its end.", "从文末继续写。"))

NewWords = Annotated[
    int,
    typer.Option(
        min=10, max=5000, help=str(Text("Approximate number of new words.", "大约续写多少字。"))
    ),
]


def continue_(
    file: MarkdownFile,
    words: NewWords = 150,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = None,
) -> None:
    from xiezuo.cli._studio import run_with_studio
    from xiezuo.cli._texts import brief_of
    from xiezuo.markdown.words import count_words
    from xiezuo.writing.files import read_document, save_document
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Outline, PlannedSection

    text = read_document(file)

    async def work(studio: "Studio") -> None:
        from xiezuo.studio import new_seed
        from xiezuo.writing.model.events import TextAdded

        before, heading, body = _last_section(text)
        planned = PlannedSection(heading=heading, words=count_words(body) + words)
        outline = Outline(brief=brief_of(text, file), title=None, sections=(planned,))
        manuscript = Manuscript(outline)
        manuscript.preamble = before
        manuscript.parts[0].text, manuscript.parts[0].state = body, "writing"
        async for event in studio.write(manuscript, seed=new_seed() if seed is None else seed):
            if isinstance(event, TextAdded):
                typer.echo(event.text, nl=False)
        typer.echo()
        await save_document(file, manuscript.text)

    run_with_studio(work, model, base_url)


def _last_section(text: str) -> tuple[str, str, str]:
    """Split at the last second-level heading: the text before it, its title, the text below.

    Raises:
        BriefError: there is no such heading.
    """
    from xiezuo.cli._texts import no_sections
    from xiezuo.markdown.document import MarkdownDocument
    from xiezuo.writing.section.buffer import SECTION_LEVEL

    headings = [
        (section.heading, section.title)
        for section in MarkdownDocument(text).sections
        if section.heading and section.level == SECTION_LEVEL
    ]
    if not headings:
        raise no_sections()
    heading, title = headings[-1]
    return text[: heading.span.start].strip(), title, text[heading.span.end :].strip()

"""`xiezuo write`: write a document from a brief and save it to a file."""

import re
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import BaseUrl, ModelName, Output, Overwrite, Seed, Words
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.cli._display import Display
    from xiezuo.settings import Settings
    from xiezuo.writing.files import Progress
    from xiezuo.writing.model.brief import Brief
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Mode, Outline

HELP = str(
    Text(
        "Write a document from a brief: a YAML file, words, or - for standard input.\n\n"
        "The text streams to the screen and is saved every second. Ctrl-C stops and saves; "
        "--resume continues from the last character.",
        "按写作要求写一篇文档：可以是 YAML 文件、一句话，或用 - 从标准输入读取。\n\n"
        "正文边写边显示，每秒保存一次。按 Ctrl-C 停止并保存；用 --resume 从最后一个字续写。",
    )
)
_SLUG_CHARACTERS = 40


Resume = Annotated[
    bool,
    typer.Option("--resume", help=str(Text("Resume an interrupted document.", "续写中断的文档。"))),
]
ModeName = Annotated[
    str,
    typer.Option(
        "--mode",
        help=str(
            Text(
                "careful: in order; draft: several sections at once, fastest; plain: one call.",
                "careful 按顺序；draft 多节同时写，最快；plain 一次生成。",
            )
        ),
    ),
]
OutlineFile = Annotated[
    Path | None,
    typer.Option(
        "--outline",
        help=str(
            Text(
                "An outline to follow; see xiezuo outline.", "写作所依据的大纲；见 xiezuo outline。"
            )
        ),
    ),
]
Review = Annotated[
    bool,
    typer.Option(
        "--review",
        help=str(
            Text("Ask after the outline and after each section.", "写完大纲和每一节后都询问。")
        ),
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help=str(Text("Show errors only.", "只显示错误。")))
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help=str(Text("Print events as JSON lines.", "以 JSON Lines 格式输出事件。"))
    ),
]


def write(
    brief: Words = None,
    output: Output = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = None,
    mode: ModeName = "careful",
    outline: OutlineFile = None,
    *,
    review: Review = False,
    resume: Resume = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from xiezuo.cli._display import choose_display
    from xiezuo.cli._options import check_mode, engine_flags
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    display = choose_display(quiet=quiet, as_json=as_json)
    try:
        checked_mode = check_mode(mode)
        settings = configured(**engine_flags(model, base_url))
        request = _prepare(brief or [], output, outline, resume=resume, overwrite=overwrite)
        fallback = model is None
        run(
            _write(request, settings, display, checked_mode, seed, review=review, fallback=fallback)
        )
    except XiezuoError as error:
        if not as_json:
            raise
        display.failed(error)
        raise typer.Exit(error.exit_code) from error


@dataclass(frozen=True)
class _WriteRequest:
    """What to write and where; with `progress` and `text`, an earlier run is resumed."""

    path: Path
    brief: "Brief | Outline | None"
    progress: "Progress | None" = None
    text: str = ""

    @property
    def work(self) -> "Brief | Outline | Manuscript":
        from xiezuo.writing.model.manuscript import Manuscript

        if self.progress is not None:
            return Manuscript.read(self.progress.plan, self.text, self.progress.written)
        assert self.brief is not None
        return self.brief


def _prepare(
    words: list[str], output: Path | None, outline: Path | None, *, resume: bool, overwrite: bool
) -> _WriteRequest:
    """Read what the user gave and refuse what cannot work, before anything slow begins."""
    from xiezuo.cli._options import read_words
    from xiezuo.errors import NothingToResumeError
    from xiezuo.writing import files

    if resume:
        path = output or Path(f"{_stem(words)}.md")
        progress = files.load_progress(path)
        if progress is None:
            raise NothingToResumeError(path=path, progress=files.progress_path(path))
        text = files.read_document(path) if path.exists() else ""
        return _WriteRequest(path, None, progress, text)
    brief = read_words(words)
    parsed_outline = None
    if outline is not None:
        from xiezuo.writing.planning.outline_markdown import parse_outline

        parsed_outline = parse_outline(files.read_document(outline), brief)
    path = output or files.free_name(_stem(words), Path())
    if not overwrite:
        files.refuse_to_overwrite(path)
    files.check_writable(path)
    return _WriteRequest(path, parsed_outline or brief)


def _stem(words: list[str]) -> str:
    """The name of the document, from the file of the brief or its first words."""
    text = Path(words[0]).stem if len(words) == 1 and Path(words[0]).suffix else " ".join(words)
    return re.sub(r"\W+", "-", text)[:_SLUG_CHARACTERS].strip("-").lower() or "document"


async def _write(
    request: _WriteRequest,
    settings: "Settings",
    display: "Display",
    mode: "Mode",
    seed: int | None,
    *,
    review: bool,
    fallback: bool,
) -> None:
    from xiezuo.cli._review import TerminalReviewer
    from xiezuo.cli._studio import listeners_of
    from xiezuo.studio import Studio, new_seed
    from xiezuo.writing.files import FileSink

    earlier = request.progress
    seed = seed if seed is not None else earlier.seed if earlier else new_seed()
    mode = earlier.mode if earlier else mode
    opening = Studio(settings, listeners_of(display), fallback=fallback, modes=(mode,))
    with display.open(request.path):
        async with opening as studio:
            pipeline = studio.pipeline(
                request.work,
                mode,
                seed,
                from_model=earlier is not None and earlier.from_model,
                reviewer=TerminalReviewer(display) if review else None,
            )
            sink = FileSink(request.path, seed, mode, request.text)
            async with aclosing(pipeline.run(sink)) as events:
                async for event in events:
                    display.event(event, pipeline.manuscript)
        if pipeline.stopped:
            raise typer.Exit

"""`xiezuo write`: a brief becomes a document on disk."""

import re
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.cli.display import Display
    from xiezuo.settings import Settings
    from xiezuo.writing.files import Progress
    from xiezuo.writing.model.brief import Brief
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Mode, Outline

HELP = str(
    Text(
        "Write a document from a brief: a YAML file, words, or - for standard input.\n\n"
        "The text streams to the screen and is saved every second. Ctrl-C stops and saves; "
        "--resume goes on from the last character.",
        "按写作要求写一篇文档：可以是 YAML 文件、一句话，或用 - 从标准输入读取。\n\n"
        "正文边写边显示，每秒保存。Ctrl-C 停止并保存；--resume 从最后一个字接着写。",
    )
)
_SLUG_CHARACTERS = 40


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BRIEF", help=str(Text("YAML file, words, or -", "YAML 文件、文字或 -"))
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help=str(Text("Where to save; named after the brief.", "保存位置；默认按要求命名。")),
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(help=str(Text("A model id or a .gguf file.", "模型名称或 .gguf 文件。"))),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        help=str(Text("An OpenAI-compatible engine to use.", "改用某个 OpenAI 兼容的引擎。"))
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**31 - 1, help=str(Text("Same seed, same text.", "种子相同则文本相同。"))
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help=str(Text("Go on with an interrupted document.", "续写中断的文档。"))
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help=str(Text("Replace an existing file.", "覆盖已有文件。"))),
]
ModeName = Annotated[
    str,
    typer.Option(
        "--mode",
        help=str(
            Text(
                "careful: in order; draft: sections at once, fastest; plain: one call.",
                "careful 按顺序；draft 各节同时写，最快；plain 一次生成。",
            )
        ),
    ),
]
OutlineFile = Annotated[
    Path | None,
    typer.Option(
        "--outline",
        help=str(
            Text("An outline to follow; see xiezuo outline.", "要遵循的大纲；见 xiezuo outline。")
        ),
    ),
]
Review = Annotated[
    bool,
    typer.Option(
        "--review",
        help=str(Text("Ask after the outline and after each section.", "大纲和每节之后都询问。")),
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help=str(Text("Show errors only.", "只显示错误。")))
]
AsJson = Annotated[
    bool, typer.Option("--json", help=str(Text("Events as JSON lines.", "以 JSON 行输出事件。")))
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
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run
    from xiezuo.cli.display import choose_display

    display = choose_display(quiet=quiet, as_json=as_json)
    try:
        chosen = check_mode(mode)
        settings = configured(**engine_flags(model, base_url))
        job = _prepare(brief or [], output, outline, resume=resume, overwrite=overwrite)
        run(_write(job, settings, display, chosen, seed, review=review, fallback=model is None))
    except XiezuoError as error:
        if not as_json:
            raise
        display.failed(error)
        raise typer.Exit(error.exit_code) from error


class _Job:
    """What to write and where; `progress` and `text` when it goes on with an earlier run."""

    def __init__(
        self, path: Path, brief: "Brief | Outline | None", progress: "Progress | None", text: str
    ) -> None:
        self.path = path
        self.brief = brief
        self.progress = progress
        self.text = text

    @property
    def work(self) -> "Brief | Outline | Manuscript":
        from xiezuo.writing.model.manuscript import Manuscript

        if self.progress is not None:
            return Manuscript.read(self.progress.plan, self.text, self.progress.written)
        assert self.brief is not None
        return self.brief


def _prepare(
    words: list[str], output: Path | None, outline: Path | None, *, resume: bool, overwrite: bool
) -> _Job:
    """Read what the user gave and refuse what cannot work, before anything slow begins."""
    from xiezuo.errors import NothingToResumeError
    from xiezuo.writing import files

    if resume:
        path = output or Path(f"{_stem(words)}.md")
        progress = files.load_progress(path)
        if progress is None:
            raise NothingToResumeError(path=path, progress=files.progress_path(path))
        written = files.read_document(path) if path.exists() else ""
        return _Job(path, None, progress, written)
    brief = read_words(words)
    plan = None
    if outline is not None:
        from xiezuo.writing.planning.outline_markdown import parse_outline

        plan = parse_outline(files.read_document(outline), brief)
    path = output or files.free_name(_stem(words), Path())
    if not overwrite:
        files.refuse_to_overwrite(path)
    files.check_writable(path)
    return _Job(path, plan or brief, None, "")


def engine_flags(model: str | None, base_url: str | None) -> dict[str, object]:
    """Flags of a command as settings."""
    flags: dict[str, object] = {"engine": {"base_url": base_url}} if base_url else {}
    return flags | ({"model": model} if model else {})


def check_mode(name: str) -> "Mode":
    """Raises typer.BadParameter for a mode that does not exist."""
    from xiezuo.writing.model.outline import MODES

    if name not in MODES:
        raise typer.BadParameter(
            Text("choose one of {modes}", "请选择其一：{modes}").fill(modes=", ".join(MODES)),
            param_hint="--mode",
        )
    return name


def read_words(words: list[str]) -> "Brief":
    from xiezuo.writing.model.brief import (
        MAX_BRIEF_BYTES,
        brief_from_words,
        parse_brief,
        read_brief,
    )

    if words == ["-"]:
        data = sys.stdin.buffer.read(MAX_BRIEF_BYTES + 1)
        if len(data) > MAX_BRIEF_BYTES or re.search(rb"^task\s*:", data, re.MULTILINE):
            return parse_brief(data, "-")
        return brief_from_words(data.decode("utf-8", "replace"))
    if len(words) == 1 and (words[0].endswith((".yaml", ".yml")) or Path(words[0]).is_file()):
        return read_brief(Path(words[0]))
    return brief_from_words(" ".join(words))


def _stem(words: list[str]) -> str:
    """The document's name: the brief file's, or the first words."""
    text = Path(words[0]).stem if len(words) == 1 and Path(words[0]).suffix else " ".join(words)
    return re.sub(r"\W+", "-", text)[:_SLUG_CHARACTERS].strip("-").lower() or "document"


async def _write(
    job: _Job, settings: "Settings", display: "Display", mode: "Mode", seed: int | None, *,
    review: bool, fallback: bool,
) -> None:  # fmt: skip
    from xiezuo.cli.review import TerminalReviewer
    from xiezuo.studio import Listeners, Studio, new_seed
    from xiezuo.writing.files import FileSink

    listeners = Listeners(display.pull, display.load, display.notice)
    earlier = job.progress
    seed = seed if seed is not None else earlier.seed if earlier else new_seed()
    mode = earlier.mode if earlier else mode
    opening = Studio(settings, listeners, fallback=fallback, modes=(mode,))
    with display.open(job.path):
        async with opening as studio:
            pipeline = studio.pipeline(
                job.work, mode, seed, from_model=earlier is not None and earlier.from_model,
                reviewer=TerminalReviewer(display) if review else None,
            )  # fmt: skip
            async with aclosing(pipeline.run(FileSink(job.path, seed, mode, job.text))) as events:
                async for event in events:
                    display.event(event, pipeline.manuscript)
        if pipeline.stopped:
            raise typer.Exit

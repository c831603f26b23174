"""`xiezuo jobs` and `xiezuo batch`: durable jobs, many documents, one queue."""

import json
import re
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli.write import ModelName
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.settings import Settings
    from xiezuo.store.jobs import Jobs
    from xiezuo.store.records import StoredJob
    from xiezuo.writing.model.brief import Brief
    from xiezuo.writing.model.outline import Mode

HELP = str(
    Text("List, follow, pause, resume and cancel jobs.", "列出、查看、暂停、继续和取消任务。")
)
BATCH_HELP = str(
    Text(
        "Write many documents: one JSON object a line, each a brief.\n\n"
        "Run it again after an interruption, even a crash: it goes on where it stopped.",
        "批量写作：每行一个 JSON 对象，各为一份写作要求。\n\n"
        "中断（哪怕崩溃）之后重新运行即可从断点继续。",
    )
)
_WATCH_SECONDS = 0.5
app = typer.Typer(no_args_is_help=False, invoke_without_command=True)

JobId = Annotated[
    str, typer.Argument(help=str(Text("A job's id, or its beginning.", "任务编号，或其开头。")))
]
SectionNumber = Annotated[
    int, typer.Argument(min=1, help=str(Text("Number of the section.", "第几节。")))
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_jobs()


@app.command("list", help=str(Text("Every job, newest first.", "全部任务，新的在前。")))
def list_jobs(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text("As JSON.", "以 JSON 输出。")))
    ] = False,
) -> None:
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from xiezuo.store.records import JOB_STATES

    jobs = _jobs().all()
    if as_json:
        typer.echo(json.dumps([asdict(job) for job in jobs], indent=1, ensure_ascii=False))
        return
    table = Table(box=None)
    for heading in (
        Text("id", "编号"), Text("state", "状态"), Text("priority", "优先级"),
        Text("output", "输出"), Text("problem", "问题"),
    ):  # fmt: skip
        table.add_column(str(heading), overflow="fold")
    for job in jobs:
        table.add_row(
            job.id[:8],
            str(JOB_STATES[job.state]),
            str(job.priority),
            job.output or "",
            job.problem,
        )
    Console().print(table)


@app.command("show", help=str(Text("Print a job's document as it is now.", "输出任务当前的文档。")))
def show(job: JobId) -> None:
    from xiezuo.store.documents.documents import Documents

    database = _database()
    stored = Documents(database).load(_load(job).document_id)
    typer.echo(stored.manuscript().text if stored.plan else "", nl=False)


@app.command("pause", help=str(Text("Stop after the sentence being stored.", "暂停。")))
def pause(job: JobId) -> None:
    _jobs().want(_load(job).id, "pause")


@app.command(
    "cancel", help=str(Text("Stop for good; the text is kept.", "取消；已写的内容会保留。"))
)
def cancel(job: JobId) -> None:
    _jobs().want(_load(job).id, "cancel")


@app.command(
    "resume",
    help=str(Text("Go on with a job that stopped, here and now.", "立即继续已停止的任务。")),
)
def resume(job: JobId) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await queue.resume(job)
        await _watch(queue, [_load(job).id])

    run(_with_queue(configured(), 1, work))


@app.command("retry", help=str(Text("Write one section of a job again.", "重写任务的某一节。")))
def retry(job: JobId, section: SectionNumber) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await queue.retry(job, section - 1)
        await _watch(queue, [_load(job).id])

    run(_with_queue(configured(), 1, work))


@app.command("skip", help=str(Text("Leave one section as it is.", "跳过某一节，保持原样。")))
def skip(job: JobId, section: SectionNumber) -> None:
    from xiezuo.store.documents.documents import Documents

    Documents(_database()).reset(_load(job).document_id, section - 1, skip=True)


@app.command("run", help=str(Text("Work until no job is left.", "处理完所有排队的任务。")))
def run_all(
    *,
    parallel: Annotated[
        int, typer.Option(min=1, help=str(Text("Jobs at a time.", "同时进行的任务数。")))
    ] = 1,
) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await _watch(queue, [job.id for job in queue.jobs.all() if job.active])

    run(_with_queue(configured(), parallel, work))


Briefs = Annotated[
    Path, typer.Argument(help=str(Text("A JSONL file of briefs.", "写作要求的 JSONL 文件。")))
]
Folder = Annotated[
    Path,
    typer.Option("--output", "-o", help=str(Text("Folder for the documents.", "输出文件夹。"))),
]
Parallel = Annotated[
    int,
    typer.Option(min=1, max=16, help=str(Text("Documents at a time.", "同时写的篇数。"))),
]
BatchMode = Annotated[str, typer.Option(help=str(Text("careful or draft.", "careful 或 draft。")))]
BatchSeed = Annotated[
    int, typer.Option(min=0, help=str(Text("Same seed, same text.", "种子相同则文本相同。")))
]


def batch(
    briefs: Briefs,
    output: Folder,
    model: ModelName = None,
    parallel: Parallel = 1,
    mode: BatchMode = "careful",
    seed: BatchSeed = 1,
) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run
    from xiezuo.cli.write import check_mode

    wanted = read_briefs(briefs)
    chosen = check_mode(mode)
    if chosen == "plain":  # a single call could not go on after a crash
        raise typer.BadParameter(
            str(Text("a batch is careful or draft", "批量写作只能是 careful 或 draft")),
            param_hint="--mode",
        )
    folder = output.resolve()
    settings = configured(**({"model": model} if model else {}))

    async def work(queue: "JobQueue") -> None:
        from xiezuo.jobs.queue import BATCH

        ids: list[str] = []
        for number, (name, brief) in enumerate(wanted, 1):
            key = f"{folder}\n{number}\n{brief.model_dump_json()}\n{chosen}\n{seed}"
            path = str(folder / f"{number:03}-{name}.md")
            ids.append(
                await queue.submit(
                    brief, mode=chosen, seed=seed + number, priority=BATCH, output=path, key=key
                )
            )
        for job_id in ids:
            if queue.jobs.load(job_id).state in {"paused", "cancelled", "failed"}:
                await queue.resume(job_id)
        await _watch(queue, ids)

    run(_with_queue(settings, parallel, work, modes=(chosen,)))


def read_briefs(path: Path) -> list[tuple[str, "Brief"]]:
    """Name and brief of each line.

    Raises:
        BriefError: a line is no JSON object, or no brief; the line is named.
    """
    from pydantic import ValidationError

    from xiezuo.errors import BriefError
    from xiezuo.writing.model.brief import Brief

    hint = Text(
        'Each line is one JSON object: {{"task": "…"}}.', '每行一个 JSON 对象：{{"task": "…"}}。'
    )
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BriefError(source=path, problem=str(error), hint=hint) from error
    found: list[tuple[str, Brief]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            brief = Brief.model_validate_json(line)
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            problem = Text(f"line {number}: {reason}", f"第 {number} 行：{reason}")
            raise BriefError(source=path, problem=problem, hint=hint) from error
        name = re.sub(r"\W+", "-", brief.title or brief.task)[:40].strip("-").lower()
        found.append((name or "document", brief))
    if not found:
        raise BriefError(source=path, problem=Text("it is empty", "内容为空"), hint=hint)
    return found


async def _with_queue(
    settings: "Settings", parallel: int, work: Callable[["JobQueue"], Awaitable[None]], *,
    modes: "Collection[Mode] | None" = None,
) -> None:  # fmt: skip
    from xiezuo.cli.display import QuietDisplay
    from xiezuo.jobs.liveness import LivenessIntervals
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.studio import Listeners, Studio
    from xiezuo.writing.model.outline import MODES

    display = QuietDisplay()
    listeners = Listeners(display.pull, display.load, display.notice)
    urls = settings.database_url, settings.jobs_url
    intervals = LivenessIntervals(settings.jobs.heartbeat_seconds)
    async with (
        Studio(settings, listeners, modes=modes or MODES, documents=parallel) as studio,
        JobQueue(
            studio, *urls, parallel=parallel, home=settings.data_dir, intervals=intervals
        ) as queue,
    ):
        await work(queue)


async def _watch(queue: "JobQueue", ids: list[str]) -> None:
    """Say what happens until all of `ids` have stopped; exit 1 if one failed."""
    async for job, events in queue.follow(*ids, interval=_WATCH_SECONDS):
        for event in events:
            if line := _line(job, event.data):
                typer.echo(f"{job.id[:8]} {line}", err=True)
    if any(queue.jobs.load(id_).state == "failed" for id_ in ids):
        raise typer.Exit(1)


def _line(job: "StoredJob", data: dict[str, object]) -> str:
    from xiezuo.store.records import JOB_STATES

    match data["event"]:
        case "notice":
            return str(data["message"])
        case "section_started":
            return f"[{int(str(data['index'])) + 1}/{data['total']}] {data['heading']}"
        case "section_finished" if data["state"] == "needs_review":
            return Text("needs review: section {n}", "需要检查：第 {n} 节").fill(
                n=int(str(data["index"])) + 1
            )
        case "job_state":
            state = str(data["state"])
            ending = job.output or "" if state == "done" else str(data["problem"])
            return f"{JOB_STATES[state]} {ending}".strip()
        case _:
            return ""


def _database():  # noqa: ANN202 - a Database
    from xiezuo.cli._settings import configured
    from xiezuo.store.database import Database

    return Database(configured().database_url)


def _jobs() -> "Jobs":
    from xiezuo.store.jobs import Jobs

    return Jobs(_database())


def _load(job: str) -> "StoredJob":
    return _jobs().load(job)

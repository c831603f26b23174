"""`xiezuo jobs`: list, show and control the jobs of the queue."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import AsJson
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.store.database import Database
    from xiezuo.store.jobs import Jobs
    from xiezuo.store.records import StoredJob

HELP = str(Text("List, show, pause, resume and cancel jobs.", "列出、查看、暂停、继续和取消任务。"))
app = typer.Typer(no_args_is_help=False, invoke_without_command=True)

JobId = Annotated[
    str,
    typer.Argument(
        help=str(Text("Id of a job, or its first characters.", "任务编号，或编号的前几位。"))
    ),
]
SectionNumber = Annotated[
    int, typer.Argument(min=1, help=str(Text("Number of the section.", "节的序号。")))
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_jobs()


@app.command("list", help=str(Text("List all jobs, newest first.", "列出全部任务，最新的在前。")))
def list_jobs(*, as_json: AsJson = False) -> None:
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
        Text("id", "编号"),
        Text("state", "状态"),
        Text("priority", "优先级"),
        Text("output", "输出"),
        Text("problem", "问题"),
    ):
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


@app.command("show", help=str(Text("Print the current document of a job.", "输出任务当前的文档。")))
def show(job: JobId) -> None:
    from xiezuo.store.documents.documents import Documents

    database = _database()
    stored = Documents(database).load(_load(job).document_id)
    typer.echo(stored.manuscript().text if stored.plan else "", nl=False)


@app.command("pause", help=str(Text("Pause after the current sentence.", "写完当前句子后暂停。")))
def pause(job: JobId) -> None:
    _jobs().want(_load(job).id, "pause")


@app.command(
    "cancel", help=str(Text("Cancel a job; its text is kept.", "取消任务；已写的内容会保留。"))
)
def cancel(job: JobId) -> None:
    _jobs().want(_load(job).id, "cancel")


@app.command(
    "resume",
    help=str(Text("Resume a stopped job in this process.", "在当前进程中继续已停止的任务。")),
)
def resume(job: JobId) -> None:
    from xiezuo.cli._queue import follow, with_queue
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await queue.resume(job)
        await follow(queue, [_load(job).id])

    run(with_queue(configured(), 1, work))


@app.command("retry", help=str(Text("Rewrite one section of a job.", "重写任务的某一节。")))
def retry(job: JobId, section: SectionNumber) -> None:
    from xiezuo.cli._queue import follow, with_queue
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await queue.retry(job, section - 1)
        await follow(queue, [_load(job).id])

    run(with_queue(configured(), 1, work))


@app.command(
    "skip", help=str(Text("Skip a section; its text stays as it is.", "跳过某一节，内容保持不变。"))
)
def skip(job: JobId, section: SectionNumber) -> None:
    from xiezuo.store.documents.documents import Documents

    Documents(_database()).reset(_load(job).document_id, section - 1, skip=True)


@app.command("run", help=str(Text("Run all jobs of the queue.", "运行队列中的所有任务。")))
def run_all(
    *,
    parallel: Annotated[
        int,
        typer.Option(
            min=1, help=str(Text("Number of jobs to run at a time.", "同时运行的任务数。"))
        ),
    ] = 1,
) -> None:
    from xiezuo.cli._queue import follow, with_queue
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    async def work(queue: "JobQueue") -> None:
        await follow(queue, [job.id for job in queue.jobs.all() if job.active])

    run(with_queue(configured(), parallel, work))


def _database() -> "Database":
    from xiezuo.cli._settings import configured
    from xiezuo.store.database import Database

    return Database(configured().database_url)


def _jobs() -> "Jobs":
    from xiezuo.store.jobs import Jobs

    return Jobs(_database())


def _load(job: str) -> "StoredJob":
    return _jobs().load(job)

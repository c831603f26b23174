"""`xiezuo batch`: write many documents through the job queue."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import ModelName
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.writing.model.brief import Brief

HELP = str(
    Text(
        "Write many documents from a file with one brief per line, each a JSON object.\n\n"
        "After an interruption or a crash, run the same command again to resume.",
        "批量写作：文件每行一个 JSON 对象，各为一份写作要求。\n\n"
        "中断或崩溃后，重新运行同一命令即可从断点继续。",
    )
)

Briefs = Annotated[
    Path,
    typer.Argument(
        help=str(Text("A JSONL file, one brief per line.", "JSONL 文件，每行一份写作要求。"))
    ),
]
Folder = Annotated[
    Path,
    typer.Option("--output", "-o", help=str(Text("Folder for the documents.", "输出文件夹。"))),
]
Parallel = Annotated[
    int,
    typer.Option(
        min=1, max=16, help=str(Text("Number of documents to write at a time.", "同时写作的篇数。"))
    ),
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
    from xiezuo.cli._options import check_mode, engine_flags
    from xiezuo.cli._queue import follow, with_queue
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    named_briefs = read_briefs(briefs)
    batch_mode = check_mode(mode)
    if batch_mode == "plain":  # a single call cannot be resumed after a crash
        raise typer.BadParameter(
            str(Text("a batch is careful or draft", "批量写作只支持 careful 或 draft")),
            param_hint="--mode",
        )
    folder = output.resolve()
    settings = configured(**engine_flags(model, None))

    async def work(queue: "JobQueue") -> None:
        from xiezuo.jobs.queue import BATCH

        ids: list[str] = []
        for number, (name, brief) in enumerate(named_briefs, 1):
            key = f"{folder}\n{number}\n{brief.model_dump_json()}\n{batch_mode}\n{seed}"
            path = str(folder / f"{number:03}-{name}.md")
            ids.append(
                await queue.submit(
                    brief, mode=batch_mode, seed=seed + number, priority=BATCH, output=path, key=key
                )
            )
        for job_id in ids:
            if queue.jobs.load(job_id).state in {"paused", "cancelled", "failed"}:
                await queue.resume(job_id)
        await follow(queue, ids)

    run(with_queue(settings, parallel, work, modes=(batch_mode,)))


def read_briefs(path: Path) -> list[tuple[str, "Brief"]]:
    """Read a brief from each line, with a name for its document.

    Raises:
        BriefError: a line is not a brief in JSON, or the file has none.
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
    briefs: list[tuple[str, Brief]] = []
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
        briefs.append((name or "document", brief))
    if not briefs:
        raise BriefError(source=path, problem=Text("it is empty", "内容为空"), hint=hint)
    return briefs

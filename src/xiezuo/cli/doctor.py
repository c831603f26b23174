"""`xiezuo doctor`: check the installation and advise on what to fix."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import AsJson
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.doctor import CheckResult

HELP = str(
    Text(
        "Check processor, memory, disk, models, sources and engine, with a 10-second speed test.",
        "检查处理器、内存、磁盘、模型、下载来源和引擎，并做 10 秒测速。",
    )
)
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}


def doctor(
    *,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help=str(Text("Also verify SHA-256 checksums.", "同时校验 SHA-256。"))
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    from xiezuo.cli._signals import run

    run(_doctor(full=full, as_json=as_json))


async def _doctor(*, full: bool, as_json: bool) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.doctor import examine

    results: list[CheckResult] = []
    async for result in examine(configured(), full=full):
        results.append(result)
        if not as_json:
            mark, colour = _MARKS[result.level]
            typer.secho(f"{mark} {result.subject}: {result.found}", fg=colour)
            if result.remedy:
                typer.echo(f"    {result.remedy}")
    if as_json:
        rows = [
            {
                "subject": str(result.subject),
                "level": result.level,
                "found": result.found,
                "remedy": result.remedy,
            }
            for result in results
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    raise typer.Exit(next((result.exit_code for result in results if result.level == "problem"), 0))

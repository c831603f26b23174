"""`xiezuo doctor`: is everything in order, and what to do if not."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.doctor import Finding

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
        bool, typer.Option("--full", help=str(Text("Check SHA-256 too.", "同时校验 SHA-256。")))
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text("As JSON.", "以 JSON 输出。")))
    ] = False,
) -> None:
    from xiezuo.cli._signals import run

    run(_doctor(full=full, as_json=as_json))


async def _doctor(*, full: bool, as_json: bool) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.doctor import examine

    findings: list[Finding] = []
    async for finding in examine(configured(), full=full):
        findings.append(finding)
        if not as_json:
            mark, colour = _MARKS[finding.level]
            typer.secho(f"{mark} {finding.subject}: {finding.found}", fg=colour)
            if finding.remedy:
                typer.echo(f"    {finding.remedy}")
    if as_json:
        rows = [
            {
                "subject": str(one.subject),
                "level": one.level,
                "found": one.found,
                "remedy": one.remedy,
            }
            for one in findings
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    raise typer.Exit(next((one.exit_code for one in findings if one.level == "problem"), 0))

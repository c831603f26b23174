"""`xiezuo bench`: how fast this machine writes, and how close that is to what it could do."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rich.console import Console

    from xiezuo.bench.figures import Figure
    from xiezuo.settings import Settings

HELP = str(
    Text(
        "Measure prefill and decode: the article's three rows, prompts of 128–2048 tokens, and "
        "1–8 streams.",
        "测量读入与生成速度：文章中的三行、128–2048 token 的提示词，以及 1–8 路并发。",
    )
)
_LONG_CONTEXT, _SHORT_CONTEXT = 4096, 512
_MOST_STREAMS = 8


def bench(
    model: Annotated[
        str | None,
        typer.Option(help=str(Text("A model id or a .gguf file.", "模型名称或 .gguf 文件。"))),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help=str(Text("Measure this engine.", "测量这个引擎。")))
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help=str(Text("Rounds.", "轮数。")))] = 3,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=str(Text("Save JSON.", "保存 JSON。")))
    ] = None,
    *,
    quick: Annotated[
        bool,
        typer.Option("--quick", help=str(Text("Measure less.", "少测一些。"))),
    ] = False,
) -> None:
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    flags: dict[str, object] = {"engine": {"base_url": base_url}} if base_url else {}
    settings = configured(**flags, **({"model": model} if model else {}))
    run(_bench(settings, rounds, output, quick=quick))


async def _bench(settings: "Settings", rounds: int, output: Path | None, *, quick: bool) -> None:
    """Measure; when it is broken off, show what there is."""
    from dataclasses import asdict

    from rich.console import Console

    from xiezuo import machine

    console = Console()
    figures: list[Figure] = []
    facts: dict[str, object] = {"machine": asdict(machine.describe()), "quick": quick}
    try:
        async for figure in _figures(settings, rounds, facts, quick=quick):
            figures.append(figure)
            console.print(f"{figure.name}: {figure.median:.2f} {figure.unit}", highlight=False)
    finally:
        _show(console, facts, figures)
        if output is not None:
            report = facts | {"figures": [figure.as_json() for figure in figures]}
            output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")


async def _figures(
    settings: "Settings", rounds: int, facts: dict[str, object], *, quick: bool
) -> "AsyncGenerator[Figure]":
    import asyncio
    from contextlib import AsyncExitStack
    from dataclasses import asdict

    from xiezuo import machine, studio
    from xiezuo.bench import measure
    from xiezuo.engine.client import EngineClient
    from xiezuo.engine.local.process import EngineProcess

    address = studio.remote_address(settings)
    if address is not None:
        facts["engine"] = address.base_url
        async with EngineClient(address) as client:
            async for figure in measure.article_rows(client, None, rounds, quick=quick):
                yield figure
            async for figure in measure.prefill(client, rounds, quick=quick):
                yield figure
            async for figure in measure.streams(client, None, rounds, quick=quick):
                yield figure
        return
    model = await studio.Studio(settings, fallback=False).obtain_model()
    kv = model.header.kv_bytes_per_token(settings.engine.kv_type)
    bandwidth = await asyncio.to_thread(machine.read_bandwidth)
    limits = measure.Limits(bandwidth, model.header, kv)
    facts |= {"model": model.model.id, "header": asdict(model.header), "bandwidth": bandwidth}
    for slots in (1, _MOST_STREAMS):
        changed = {"context": _LONG_CONTEXT if slots == 1 else _SHORT_CONTEXT}
        mine = settings.model_copy(update={"engine": settings.engine.model_copy(update=changed)})
        plan = await studio.launch_plan(mine, model, slots)
        facts["engine"] = str(plan.server or "xllamacpp")
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(EngineProcess(plan))
            peak = await stack.enter_async_context(measure.MemoryPeak(process.pid))
            client = await stack.enter_async_context(
                EngineClient(process.address, ready=process.ready)
            )
            if slots == 1:
                async for figure in measure.article_rows(client, limits, rounds, quick=quick):
                    yield figure
                async for figure in measure.prefill(client, rounds, quick=quick):
                    yield figure
                facts["memory_limit"] = (model.path.stat().st_size + kv * plan.context) * 1.15
                facts["memory_peak"] = peak.bytes
            else:
                async for figure in measure.streams(client, limits, rounds, quick=quick):
                    yield figure


def _show(console: "Console", facts: dict[str, object], figures: list["Figure"]) -> None:
    from rich.table import Table

    from xiezuo import machine

    this = machine.describe()
    console.print(
        f"\n{this.processor} × {this.cores} · {facts.get('model')} · {facts.get('engine')}"
    )
    if isinstance(bandwidth := facts.get("bandwidth"), float):
        console.print(f"{Text('Memory read', '内存读取')}: {machine.human(bandwidth)}/s")
    if isinstance(peak := facts.get("memory_peak"), int):
        console.print(f"{Text('Engine memory', '引擎内存')}: {machine.human(peak)}")
    if facts["quick"]:
        console.print(
            str(
                Text(
                    "Quick: fewer prompts and streams, outputs an eighth as long.",
                    "快速模式：提示词与并发路数较少，输出长度为八分之一。",
                )
            )
        )
    table = Table(box=None)
    for heading in (
        Text("measured", "项目"),
        Text("median", "中位数"),
        Text("lowest–highest", "最低–最高"),
        Text("of the limit", "占极限"),
        Text("article", "文章"),
    ):
        table.add_column(str(heading))
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.median:.2f} {figure.unit}",
            f"{min(figure.values):.2f}–{max(figure.values):.2f}",
            f"{figure.ratio:.0%}" if figure.ratio is not None else "",
            f"{figure.reference}" if figure.reference is not None else "",
        )
    console.print(table)

"""`xiezuo bench`: measure the speed of this machine and compare it with its physical limit."""

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
        "测量预填充与生成速度：文章中的三组数据、128–2048 词元的提示词，以及 1–8 路并发。",
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
        str | None,
        typer.Option(help=str(Text("Address of an engine to measure.", "要测量的引擎地址。"))),
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help=str(Text("Number of rounds.", "测量轮数。")))
    ] = 3,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=str(Text("File to save the results to, as JSON.", "以 JSON 格式保存结果的文件。")),
        ),
    ] = None,
    *,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help=str(Text("Measure fewer prompts and shorter texts.", "减少提示词并缩短输出。")),
        ),
    ] = False,
) -> None:
    from xiezuo.cli._options import engine_flags
    from xiezuo.cli._settings import configured
    from xiezuo.cli._signals import run

    settings = configured(**engine_flags(model, base_url))
    run(_bench(settings, rounds, output, quick=quick))


async def _bench(settings: "Settings", rounds: int, output: Path | None, *, quick: bool) -> None:
    """Measure and print the figures; on interruption, those measured so far."""
    from dataclasses import asdict

    from rich.console import Console

    from xiezuo import machine

    console = Console()
    figures: list[Figure] = []
    report: dict[str, object] = {"machine": asdict(machine.describe()), "quick": quick}
    try:
        async for figure in _figures(settings, rounds, report, quick=quick):
            figures.append(figure)
            console.print(f"{figure.name}: {figure.median:.2f} {figure.unit}", highlight=False)
    finally:
        _show(console, report, figures)
        if output is not None:
            results = report | {"figures": [figure.as_json() for figure in figures]}
            output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


async def _figures(
    settings: "Settings", rounds: int, report: dict[str, object], *, quick: bool
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
        report["engine"] = address.base_url
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
    report |= {"model": model.model.id, "header": asdict(model.header), "bandwidth": bandwidth}
    for slots in (1, _MOST_STREAMS):
        context = {"context": _LONG_CONTEXT if slots == 1 else _SHORT_CONTEXT}
        engine = settings.engine.model_copy(update=context)
        resized = settings.model_copy(update={"engine": engine})
        plan = await studio.launch_plan(resized, model, slots)
        report["engine"] = str(plan.server or "xllamacpp")
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
                report["memory_limit"] = (model.path.stat().st_size + kv * plan.context) * 1.15
                report["memory_peak"] = peak.bytes
            else:
                async for figure in measure.streams(client, limits, rounds, quick=quick):
                    yield figure


def _show(console: "Console", report: dict[str, object], figures: list["Figure"]) -> None:
    from rich.table import Table

    from xiezuo import machine

    description = machine.describe()
    console.print(
        f"\n{description.processor} × {description.cores}"
        f" · {report.get('model')} · {report.get('engine')}"
    )
    if isinstance(bandwidth := report.get("bandwidth"), float):
        console.print(f"{Text('Memory read', '内存读取')}: {machine.human(bandwidth)}/s")
    if isinstance(peak := report.get("memory_peak"), int):
        console.print(f"{Text('Engine memory', '引擎内存')}: {machine.human(peak)}")
    if report["quick"]:
        console.print(
            str(
                Text(
                    "Quick run: fewer prompts and streams, an eighth of the output length.",
                    "快速模式：提示词和并发路数较少，输出长度为八分之一。",
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

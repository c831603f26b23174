"""Checks of everything that writing needs, each with a remedy for a failure."""

import asyncio
import ctypes
import importlib.metadata
import shutil
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xiezuo import machine
from xiezuo.engine.client import EngineClient
from xiezuo.engine.local.process import EngineProcess
from xiezuo.engine.models.hubs import reachability
from xiezuo.engine.models.store import LocalModel
from xiezuo.engine.protocol import ChatRequest, Delta, Message
from xiezuo.engine.sampling import preset
from xiezuo.errors import ModelNotInstalledError, XiezuoError
from xiezuo.i18n import Text
from xiezuo.settings import Settings
from xiezuo.studio import hubs, launch_plan, memory_needed, model_store, remote_address

Level = Literal["ok", "warning", "problem"]
SPEED_SECONDS = 10.0
_SPEED_TOKENS = 512
_LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    `xiezuo doctor` exits with the `exit_code` of the first problem.
    """

    subject: Text
    level: Level
    found: str
    remedy: str = ""
    exit_code: int = 0


async def examine(settings: Settings, *, full: bool) -> AsyncGenerator[CheckResult]:
    """Yield each result as soon as it is known; a failed check does not end the others."""
    yield _processor()
    yield _memory()
    yield _disk(settings)
    for result in _models(settings, full=full):
        yield result
    async for result in _sources(settings):
        yield result
    async for result in _engine(settings):
        yield result


def _processor() -> CheckResult:
    this = machine.describe()
    detail = f"{this.processor} · {this.cores} × {' '.join(this.features) or '?'}"
    subject = Text("Processor", "处理器")
    x86 = "x86_64" in this.system or "AMD64" in this.system
    if x86 and "avx2" not in this.features:
        remedy = Text(
            "The built-in engine needs AVX2; build llama.cpp here and put llama-server on PATH.",
            "内置引擎需要 AVX2：请在本机编译 llama.cpp，并把 llama-server 放到 PATH 中。",
        )
        return CheckResult(subject, "problem", detail, str(remedy), 4)
    return CheckResult(subject, "ok", detail)


def _memory() -> CheckResult:
    this = machine.describe()
    detail = f"{machine.human(this.memory_available)} / {machine.human(this.memory_total)}"
    return CheckResult(Text("Memory available", "可用内存"), "ok", detail)


def _disk(settings: Settings) -> CheckResult:
    subject = Text("Disk", "磁盘")
    folder = next(p for p in (settings.data_dir, *settings.data_dir.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{settings.data_dir}: {machine.human(free)}"
    if free < _LOW_DISK_BYTES:
        remedy = Text(
            "Free some disk space, or set XIEZUO_DATA_DIR.",
            "请腾出磁盘空间，或设置 XIEZUO_DATA_DIR。",
        )
        return CheckResult(subject, "problem", detail, str(remedy), 5)
    return CheckResult(subject, "ok", detail)


def _models(settings: Settings, *, full: bool) -> list[CheckResult]:
    try:
        store = model_store(settings)
    except XiezuoError as error:
        return [_failed(Text("Models", "模型"), error)]
    results: list[CheckResult] = []
    for model in store.models():
        if not store.is_installed(model):
            if model.id == settings.model:
                missing = ModelNotInstalledError(model=model.id)
                subject = Text("Writing model", "写作模型")
                results.append(CheckResult(subject, "warning", missing.message, missing.advice))
            continue
        subject = Text(f"Model {model.id}", f"模型 {model.id}")
        try:
            if full:
                store.verify(model)
            local = store.locate(model.id)
        except XiezuoError as error:
            results.append(_failed(subject, error))
        else:
            results.append(_fits(subject, local, settings))
    return results


def _fits(subject: Text, model: LocalModel, settings: Settings) -> CheckResult:
    needed = memory_needed(model, settings.engine.context * (settings.engine.slots or 1), settings)
    detail = Text("file OK, needs {memory} of memory", "文件完好，需要 {memory} 内存").fill(
        memory=machine.human(needed)
    )
    if needed > machine.available_memory():
        remedy = Text(
            "Close other programs, set a smaller engine.context, or use a smaller model.",
            "请关闭其他程序、调小 engine.context，或换用更小的模型。",
        )
        return CheckResult(subject, "warning", detail, str(remedy))
    return CheckResult(subject, "ok", detail)


async def _sources(settings: Settings) -> AsyncGenerator[CheckResult]:
    problems = await reachability(hubs(settings))
    for hub, problem in problems.items():
        subject = Text(f"Source {hub}", f"来源 {hub}")
        if problem is None:
            yield CheckResult(subject, "ok", str(Text("reachable", "可连接")))
            continue
        remedy = Text(
            "Only needed for downloads; set HF_ENDPOINT to a mirror, or HTTPS_PROXY to a proxy.",
            "仅下载时需要；可用 HF_ENDPOINT 指定镜像，或用 HTTPS_PROXY 指定代理。",
        )
        yield CheckResult(subject, "warning", problem, str(remedy))


async def _engine(settings: Settings) -> AsyncGenerator[CheckResult]:
    subject = Text("Engine", "引擎")
    address = remote_address(settings)
    try:
        if address is not None:
            async with EngineClient(address) as client:
                yield CheckResult(subject, "ok", f"{address.base_url} ({client.capabilities.kind})")
                yield await _speed(client)
            return
        model = _usable_model(settings)
        plan = await launch_plan(settings, model)
        yield _llama_cpp(plan.server)
        started = time.monotonic()
        async with EngineProcess(plan) as process:
            seconds = time.monotonic() - started
            detail = Text(
                "{model} loaded in {seconds:.1f} s", "{model} 加载完成，用时 {seconds:.1f} 秒"
            )
            yield CheckResult(subject, "ok", detail.fill(model=model.model.id, seconds=seconds))
            async with EngineClient(process.address, ready=process.ready) as client:
                yield await _speed(client)
    except XiezuoError as error:
        yield _failed(subject, error)


def _usable_model(settings: Settings) -> LocalModel:
    """The configured model; if it is not installed, the demo model."""
    store = model_store(settings)
    try:
        return store.locate(settings.model)
    except ModelNotInstalledError:
        if not store.is_installed(store.demo):
            raise
        return store.locate(store.demo.id)


def _llama_cpp(server: Path | None) -> CheckResult:
    subject = Text("llama.cpp", "llama.cpp")
    if server is not None:
        return CheckResult(subject, "ok", str(server))
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError as error:
        remedy = Text("Install it: `apt install libgomp1`.", "请安装：`apt install libgomp1`。")
        return CheckResult(subject, "problem", str(error), str(remedy), 4)
    detail = f"xllamacpp {importlib.metadata.version('xllamacpp')}"
    unused = {"avx512f", "avx512_vnni", "amx_int8"} & set(machine.describe().features)
    if not unused:
        return CheckResult(subject, "ok", detail)
    remedy = Text(
        "The built-in engine uses AVX2 only. A llama-server built on this machine reads prompts "
        "faster; it is used if it is on PATH.",
        "内置引擎只用到 AVX2；在本机编译的 llama-server 读取提示词更快，放到 PATH 中即可自动启用。",
    )
    return CheckResult(
        subject, "warning", f"{detail} (AVX2; {' '.join(sorted(unused))})", str(remedy)
    )


async def _speed(client: EngineClient) -> CheckResult:
    """Measure decode, which determines the speed of writing, for at most ten seconds."""
    request = ChatRequest(
        messages=(Message("user", "Write about tea."),),
        sampling=preset("article"),
        max_tokens=_SPEED_TOKENS,
        ignore_eos=True,
        cache_prompt=False,
    )
    tokens, first, last = 0, 0.0, 0.0
    async with client.chat(request) as events:
        try:
            async with asyncio.timeout(SPEED_SECONDS):
                async for event in events:
                    if isinstance(event, Delta):
                        tokens += 1
                        last = time.monotonic()
                        first = first or last
        except TimeoutError:
            pass  # most machines need longer for all tokens; those so far are enough
    speed = (tokens - 1) / (last - first) if last > first else 0.0
    detail = Text("{speed:.1f} tokens/s", "{speed:.1f} 词元/秒").fill(speed=speed)
    return CheckResult(Text("Speed", "速度"), "ok", detail)


def _failed(subject: Text, error: XiezuoError) -> CheckResult:
    return CheckResult(subject, "problem", error.message, error.advice, error.exit_code)

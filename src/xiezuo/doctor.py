"""Looks at everything that writing needs, and says what to do about what is missing."""

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
_LITTLE_DISK = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `exit_code` is what `xiezuo doctor` ends with if it is the worst."""

    subject: Text
    level: Level
    found: str
    remedy: str = ""
    exit_code: int = 0


async def examine(settings: Settings, *, full: bool) -> AsyncGenerator[Finding]:
    """Every finding, as soon as it is there; nothing that is missing ends it early."""
    yield _processor()
    yield _memory()
    yield _disk(settings)
    for finding in _models(settings, full=full):
        yield finding
    async for finding in _sources(settings):
        yield finding
    async for finding in _engine(settings):
        yield finding


def _processor() -> Finding:
    this = machine.describe()
    found = f"{this.processor} · {this.cores} × {' '.join(this.features) or '?'}"
    subject = Text("Processor", "处理器")
    x86 = "x86_64" in this.system or "AMD64" in this.system
    if x86 and "avx2" not in this.features:
        remedy = Text(
            "The built-in engine needs AVX2: build llama.cpp here and put llama-server on PATH.",
            "内置引擎需要 AVX2：请在本机编译 llama.cpp，并把 llama-server 放到 PATH 中。",
        )
        return Finding(subject, "problem", found, str(remedy), 4)
    return Finding(subject, "ok", found)


def _memory() -> Finding:
    this = machine.describe()
    found = f"{machine.human(this.memory_available)} / {machine.human(this.memory_total)}"
    return Finding(Text("Memory available", "可用内存"), "ok", found)


def _disk(settings: Settings) -> Finding:
    subject = Text("Disk", "磁盘")
    folder = next(p for p in (settings.data_dir, *settings.data_dir.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    found = f"{settings.data_dir}: {machine.human(free)}"
    if free < _LITTLE_DISK:
        remedy = Text(
            "Free some space or set XIEZUO_DATA_DIR.", "请腾出空间或设置 XIEZUO_DATA_DIR。"
        )
        return Finding(subject, "problem", found, str(remedy), 5)
    return Finding(subject, "ok", found)


def _models(settings: Settings, *, full: bool) -> list[Finding]:
    try:
        store = model_store(settings)
    except XiezuoError as error:
        return [_failed(Text("Models", "模型"), error)]
    findings: list[Finding] = []
    for model in store.models():
        if not store.is_installed(model):
            if model.id == settings.model:
                missing = ModelNotInstalledError(model=model.id)
                subject = Text("Model to write with", "写作模型")
                findings.append(Finding(subject, "warning", missing.message, missing.advice))
            continue
        subject = Text(f"Model {model.id}", f"模型 {model.id}")
        try:
            if full:
                store.verify(model)
            found = store.locate(model.id)
        except XiezuoError as error:
            findings.append(_failed(subject, error))
        else:
            findings.append(_fits(subject, found, settings))
    return findings


def _fits(subject: Text, model: LocalModel, settings: Settings) -> Finding:
    needed = memory_needed(model, settings.engine.context * (settings.engine.slots or 1), settings)
    found = Text("file in order, needs {memory}", "文件完好，需要内存 {memory}").fill(
        memory=machine.human(needed)
    )
    if needed > machine.available_memory():
        remedy = Text(
            "Close other programs, set a smaller engine.context, or use a smaller model.",
            "请关闭其他程序、调小 engine.context，或换用更小的模型。",
        )
        return Finding(subject, "warning", found, str(remedy))
    return Finding(subject, "ok", found)


async def _sources(settings: Settings) -> AsyncGenerator[Finding]:
    problems = await reachability(hubs(settings))
    for hub, problem in problems.items():
        subject = Text(f"Source {hub}", f"来源 {hub}")
        if problem is None:
            yield Finding(subject, "ok", str(Text("reachable", "可以连接")))
            continue
        remedy = Text(
            "Needed only for downloads; set HF_ENDPOINT to a mirror or HTTPS_PROXY to a proxy.",
            "只在下载时需要；可用 HF_ENDPOINT 指定镜像，或用 HTTPS_PROXY 指定代理。",
        )
        yield Finding(subject, "warning", problem, str(remedy))


async def _engine(settings: Settings) -> AsyncGenerator[Finding]:
    subject = Text("Engine", "引擎")
    address = remote_address(settings)
    try:
        if address is not None:
            async with EngineClient(address) as client:
                yield Finding(subject, "ok", f"{address.base_url} ({client.capabilities.kind})")
                yield await _speed(client)
            return
        model = _usable_model(settings)
        plan = await launch_plan(settings, model)
        yield _variant(plan.server)
        started = time.monotonic()
        async with EngineProcess(plan) as process:
            seconds = time.monotonic() - started
            found = Text("{model} loaded in {seconds:.1f} s", "{model} 用 {seconds:.1f} 秒载入")
            yield Finding(subject, "ok", found.fill(model=model.model.id, seconds=seconds))
            async with EngineClient(process.address, ready=process.ready) as client:
                yield await _speed(client)
    except XiezuoError as error:
        yield _failed(subject, error)


def _usable_model(settings: Settings) -> LocalModel:
    """The configured model, else the demo model if that is what is here."""
    store = model_store(settings)
    try:
        return store.locate(settings.model)
    except ModelNotInstalledError:
        if not store.is_installed(store.demo):
            raise
        return store.locate(store.demo.id)


def _variant(server: Path | None) -> Finding:
    subject = Text("llama.cpp", "llama.cpp")
    if server is not None:
        return Finding(subject, "ok", str(server))
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError as error:
        remedy = Text("Install it: `apt install libgomp1`.", "请安装：`apt install libgomp1`。")
        return Finding(subject, "problem", str(error), str(remedy), 4)
    found = f"xllamacpp {importlib.metadata.version('xllamacpp')}"
    wide = {"avx512f", "avx512_vnni", "amx_int8"} & set(machine.describe().features)
    if not wide:
        return Finding(subject, "ok", found)
    remedy = Text(
        "The built-in engine uses AVX2 only; a llama-server built on this machine reads prompts "
        "faster and is used when it is on PATH.",
        "内置引擎只用到 AVX2；在本机编译的 llama-server 读提示词更快，放到 PATH 中即会被使用。",
    )
    return Finding(subject, "warning", f"{found} (AVX2; {' '.join(sorted(wide))})", str(remedy))


async def _speed(client: EngineClient) -> Finding:
    """Decode for ten seconds at most; the figure that matters for writing."""
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
            pass  # the time is up, which is how this check ends on most machines
    speed = (tokens - 1) / (last - first) if last > first else 0.0
    found = Text("{speed:.1f} tokens/s", "{speed:.1f} token/秒").fill(speed=speed)
    return Finding(Text("Speed", "速度"), "ok", found)


def _failed(subject: Text, error: XiezuoError) -> Finding:
    return Finding(subject, "problem", error.message, error.advice, error.exit_code)

"""The supervised engine: healthy when entered, brought back when it dies, gone afterwards."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.waiting import until, until_async
from xiezuo.engine.local import process as process_module
from xiezuo.engine.local.launch import LaunchPlan, find_server, missing_flags
from xiezuo.engine.local.process import EngineProcess
from xiezuo.errors import EngineStartError

pytestmark = pytest.mark.anyio


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def guardian_of(pid: int) -> int:
    return psutil.Process(pid).ppid()


async def test_it_is_healthy_inside_and_gone_after(launch_plan: LaunchPlan):
    shares: list[float] = []
    async with EngineProcess(launch_plan, shares.append) as engine:
        pid, guardian, folder = engine.pid, guardian_of(engine.pid), engine.address.socket.parent
        async with engine.address.http() as http:
            assert (await http.get("http://engine/health")).is_success
    until(lambda: gone(pid))
    until(lambda: gone(guardian))
    assert not folder.exists()
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1


async def test_progress_of_loading_never_goes_back(
    launch_plan: LaunchPlan, monkeypatch: pytest.MonkeyPatch
):
    whole = launch_plan.model.stat().st_size
    resident = iter([whole // 2, whole // 4])
    monkeypatch.setattr(process_module, "_resident_bytes", lambda _: next(resident, whole))
    answers = iter([False, False, False])
    healthy = process_module._healthy

    async def late(http: httpx.AsyncClient) -> bool:
        return next(answers, True) and await healthy(http)

    monkeypatch.setattr(process_module, "_healthy", late)
    shares: list[float] = []
    async with EngineProcess(launch_plan, shares.append):
        pass
    assert shares[:3] == [0.5, 0.5, 1.0]


async def test_only_we_can_reach_it(engine: EngineProcess):
    assert stat.S_IMODE(engine.address.socket.parent.stat().st_mode) == 0o700
    async with replace(engine.address, api_key="wrong").http() as http:
        assert (await http.get("http://engine/v1/models")).status_code == 401
    listening = {
        connection.laddr for connection in psutil.Process(engine.pid).net_connections("tcp")
    }
    assert listening == set()


async def test_the_key_shows_neither_in_process_lists_nor_in_the_log(engine: EngineProcess):
    shown = " ".join(
        psutil.Process(engine.pid).cmdline() + psutil.Process(guardian_of(engine.pid)).cmdline()
    )
    assert engine.address.api_key not in shown
    assert engine.address.api_key not in engine.log.read_text()
    assert engine.address.api_key not in repr(engine.address)


async def test_it_comes_back_after_it_was_killed(own_engine: EngineProcess):
    first = own_engine.pid
    os.kill(first, signal.SIGKILL)
    await until_async(lambda: not own_engine.running)
    await own_engine.ready()
    assert own_engine.pid != first
    assert own_engine.restarts == 1


async def test_it_gives_up_when_it_keeps_dying(
    own_engine: EngineProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(process_module, "_BACKOFF_SECONDS", (0.0,) * 5)
    with pytest.raises(EngineStartError, match="5 times in a row"):
        while True:
            await own_engine.ready()
            os.kill(own_engine.pid, signal.SIGKILL)
            await until_async(lambda: not own_engine.running)


async def test_a_model_that_does_not_load_is_an_error_with_the_log(
    launch_plan: LaunchPlan, tmp_path: Path
):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(EngineStartError) as caught:
        await EngineProcess(replace(launch_plan, model=broken)).__aenter__()
    assert str(tmp_path / "logs") in caught.value.advice
    assert "failed to load model" in caught.value.advice


async def test_logs_are_kept_but_not_for_ever(launch_plan: LaunchPlan):
    for _ in range(process_module.KEPT_LOGS + 2):
        EngineProcess(launch_plan)._log.touch()
    assert len(list(launch_plan.logs_dir.glob("engine-*.log"))) == process_module.KEPT_LOGS


HOST = """
    import asyncio, sys, time
    from pathlib import Path
    from xiezuo.engine.local.launch import LaunchPlan
    from xiezuo.engine.local.process import EngineProcess
    from xiezuo.cli._signals import run

    plan = LaunchPlan(Path({model!r}), 512, 1, 2, "f16", True, None, Path({logs!r}), 60)

    async def main():
        async with EngineProcess(plan) as engine:
            print(engine.pid, engine._guardian.pid, flush=True)
            {action}

    run(main())
"""


@pytest.mark.parametrize(
    ("action", "ending"),
    [
        ("await asyncio.sleep(600)", signal.SIGKILL),
        ("await asyncio.sleep(600)", signal.SIGTERM),
        pytest.param("await asyncio.sleep(600)", signal.SIGINT, marks=pytest.mark.endurance),
        pytest.param("await asyncio.sleep(600)", signal.SIGHUP, marks=pytest.mark.endurance),
        ("time.sleep(600)", signal.SIGKILL),
        ("raise RuntimeError", None),
        pytest.param("sys.exit(3)", None, marks=pytest.mark.endurance),
    ],
)
async def test_no_end_of_ours_leaves_an_engine(
    demo_model: Path, tmp_path: Path, action: str, ending: signal.Signals | None
):
    script = textwrap.dedent(HOST).format(model=str(demo_model), logs=str(tmp_path), action=action)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as host:
        pid, guardian = map(int, host.stdout.readline().split())
        if ending is not None:
            host.send_signal(ending)
        until(lambda: gone(pid))
        until(lambda: gone(guardian))


async def test_no_engine_is_left_when_we_die_while_it_loads(demo_model: Path, tmp_path: Path):
    script = textwrap.dedent(HOST).format(
        model=str(demo_model), logs=str(tmp_path), action="await asyncio.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as host:
        process = psutil.Process(host.pid)
        until(lambda: len(process.children(recursive=True)) >= 2)
        children = process.children(recursive=True)
        host.kill()
        until(lambda: all(gone(child.pid) for child in children))


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
async def test_no_engine_is_left_when_the_guardian_is_killed(own_engine: EngineProcess):
    pid = own_engine.pid
    os.kill(guardian_of(pid), signal.SIGKILL)
    until(lambda: gone(pid))


async def test_a_server_without_the_flags_we_need_is_not_used(tmp_path: Path, monkeypatch):
    old = tmp_path / "llama-server"
    old.write_text("#!/bin/sh\necho '--model --host --port'\n")
    old.chmod(0o755)
    assert "--load-mode" in (await missing_flags(old) or [])
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert await find_server("auto", tmp_path) is None
    with pytest.raises(EngineStartError, match="lacks .*--load-mode"):
        await find_server(old, tmp_path)


async def test_a_server_that_cannot_be_run_is_named(tmp_path: Path):
    with pytest.raises(EngineStartError, match="no-such-server cannot be run"):
        await find_server(tmp_path / "no-such-server", tmp_path)

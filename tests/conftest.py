"""Fixtures for all tests: real parts, and nothing of the user's."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import demo
from tests.debian import unpacked
from xiezuo.engine.client import EngineClient
from xiezuo.engine.launch import LaunchPlan
from xiezuo.engine.process import EngineProcess

# The same examples for everybody: a test that fails here fails there. To look for new ones:
# HYPOTHESIS_PROFILE=random make unit, or make fuzz.
settings.register_profile("steady", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Engines of several tests run side by side: with a thread each none waits for another's turn.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["XIEZUO_ENGINE_THREADS"] = "1"
FONT = "fonts-wqy-microhei"
_KEPT = {"XIEZUO_TEST_MODEL", "XIEZUO_ENGINE_THREADS"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """No test sees or touches the user's data, settings, mirror or language."""
    for name in list(os.environ):
        if name.startswith("XIEZUO_") and name not in _KEPT:
            monkeypatch.delenv(name)
    for name in ("HF_ENDPOINT", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XIEZUO_DATA_DIR", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The real SmolLM2-135M-Instruct."""
    return demo.demo_model()


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Chinese font from Debian, which is not installed for others."""
    folder = tmp_path_factory.mktemp("fonts")
    folder.chmod(0o777)
    if not unpacked(FONT, folder):
        pytest.skip(f"no {FONT} to be had here")
    return folder


@pytest.fixture
def launch_plan(demo_model: Path, tmp_path: Path) -> LaunchPlan:
    """The built-in worker with the demo model."""
    return LaunchPlan(
        model=demo_model,
        context=2048,
        slots=1,
        threads=int(os.environ.get("XIEZUO_ENGINE_THREADS", "2")),
        kv_type="f16",
        repack=True,
        server=None,
        logs_dir=tmp_path / "logs",
        load_seconds=60,
    )


@pytest.fixture
async def engine(launch_plan: LaunchPlan, anyio_backend: str) -> AsyncGenerator[EngineProcess]:
    async with EngineProcess(launch_plan) as process:
        yield process


@pytest.fixture
async def client(engine: EngineProcess) -> AsyncGenerator[EngineClient]:
    async with EngineClient(engine.address, ready=engine.ready) as connected:
        yield connected

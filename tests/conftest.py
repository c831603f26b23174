"""Fixtures for all tests: real parts, and nothing of the user's."""

import os
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import demo
from tests.support.debian import unpacked
from xiezuo.engine.client import EngineClient
from xiezuo.engine.local.launch import LaunchPlan
from xiezuo.engine.local.process import EngineProcess

# The same few examples for everybody: a test that fails here fails there. `make properties` looks
# for new ones. No deadline: on a busy machine an example may take any time.
settings.register_profile("steady", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("random", derandomize=False, max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Engines of several tests run side by side: with a thread each none waits for another's turn. And
# the number of threads decides which text a seed gives.
os.environ.setdefault("XIEZUO_ENGINE_THREADS", "1")
FONT = "fonts-wqy-microhei"
_DATA_FOLDERS = count()
_KEPT = {"XIEZUO_TEST_MODEL", "XIEZUO_ENGINE_THREADS"}


# Groups that take longest begin first, so that none of them is left for the end; those that mostly
# wait, as the queue's do, run beside those that compute.
_FIRST_GROUPS = (
    "browser-room", "jobs/test_queue.py", "browser", "server", "server/test_two.py",
    "cli/test_write.py", "server/routes/test_engine.py", "guarded", "server/test_faults.py",
)  # fmt: skip
_TESTS = Path(__file__).parent
# A test that gets one of these, directly or by way of another fixture, is marked `engine`.
_REAL_PARTS = {"demo_model", "browser"}
_NO_ENGINE = "/nonexistent/an engine in a test without the mark `engine`"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses real parts, and keep the tests of a group in one process: a package's that
    names one, else a file's.
    """
    for item in items:
        if not _REAL_PARTS.isdisjoint(item.fixturenames):
            item.add_marker("engine")
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(_TESTS).as_posix()))

    def rank(item: pytest.Item) -> int:
        group = item.get_closest_marker("xdist_group").args[0]
        return _FIRST_GROUPS.index(group) if group in _FIRST_GROUPS else len(_FIRST_GROUPS)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
):
    """Keep the user's data, settings, mirror and language out, and engines that are not marked."""
    for name in list(os.environ):
        if name.startswith("XIEZUO_") and name not in _KEPT:
            monkeypatch.delenv(name)
    for name in ("HF_ENDPOINT", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    # A name only: few tests need the folder, and numbering thousands would cost more than they do.
    data = tmp_path_factory.getbasetemp() / f"data-{next(_DATA_FOLDERS)}"
    monkeypatch.setenv("XIEZUO_DATA_DIR", str(data))
    if request.node.get_closest_marker("engine") is None:
        monkeypatch.setenv("XIEZUO_ENGINE_SERVER", _NO_ENGINE)
        monkeypatch.setattr(EngineProcess, "_start", _refuse_to_start)


async def _refuse_to_start(_: EngineProcess) -> None:
    raise AssertionError(_NO_ENGINE)


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


def _plan(model: Path, logs_dir: Path) -> LaunchPlan:
    return LaunchPlan(
        model=model,
        context=2048,
        slots=1,
        threads=int(os.environ["XIEZUO_ENGINE_THREADS"]),
        kv_type="f16",
        repack=True,
        server=None,
        logs_dir=logs_dir,
        load_seconds=60,
    )


@pytest.fixture
def launch_plan(demo_model: Path, tmp_path: Path) -> LaunchPlan:
    """The built-in worker with the demo model."""
    return _plan(demo_model, tmp_path / "logs")


@pytest.fixture(scope="module")
async def engine(
    demo_model: Path, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncGenerator[EngineProcess]:
    """An engine that the tests of a module share; a test that kills it asks for `own_engine`."""
    async with EngineProcess(_plan(demo_model, tmp_path_factory.mktemp("logs"))) as process:
        yield process


@pytest.fixture(scope="module")
async def client(engine: EngineProcess) -> AsyncGenerator[EngineClient]:
    async with EngineClient(engine.address, ready=engine.ready) as connected:
        yield connected


@pytest.fixture
async def own_engine(launch_plan: LaunchPlan, anyio_backend: str) -> AsyncGenerator[EngineProcess]:
    """An engine that the test may kill."""
    async with EngineProcess(launch_plan) as process:
        yield process

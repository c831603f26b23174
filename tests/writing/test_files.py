"""A document on disk: old or new, never a part; at most a second behind."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.disk import small_disk
from tests.support.waiting import until_async
from xiezuo.errors import DiskFullError, OutputExistsError, OutputPathError
from xiezuo.writing import files
from xiezuo.writing.files import DocumentFile, Progress
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "tea.md"


@pytest.mark.timeout(60)  # or a mutation would take five minutes
async def test_text_comes_to_disk_though_no_more_follows(path: Path):
    async with DocumentFile(path) as document:
        document.update("Tea ")
        document.update("Tea is 茶.")
        await until_async(lambda: path.read_text("utf-8") == "Tea is 茶.")


async def test_everything_is_on_disk_when_it_ends_with_an_exception(path: Path):
    with pytest.raises(ZeroDivisionError):
        async with DocumentFile(path, "Tea") as document:
            document.update("Tea.")
            raise ZeroDivisionError
    assert path.read_text() == "Tea."
    assert [file.name for file in path.parent.iterdir()] == ["tea.md"]


async def test_permissions_are_those_of_any_new_file_or_of_the_old_one(path: Path):
    files.write_atomically(path, "a")
    reference = path.parent / "reference"
    reference.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(reference.stat().st_mode)
    path.chmod(0o600)
    files.write_atomically(path, "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_link_stays_a_link(path: Path, tmp_path: Path):
    files.write_atomically(tmp_path / "real.md", "a")
    link = tmp_path / "link.md"
    link.symlink_to("real.md")
    files.write_atomically(link, "b")
    assert link.is_symlink()
    assert (tmp_path / "real.md").read_text() == "b"


WRITER = """
    from pathlib import Path
    from xiezuo.writing.files import write_atomically
    n = 0
    while True:
        n += 1
        write_atomically(Path({path!r}), str(n) * 200_000)
"""


@pytest.mark.parametrize("delay", [0.0, 0.013, 0.04])
async def test_a_kill_in_mid_save_leaves_the_old_text_or_the_new(tmp_path: Path, delay: float):
    path = tmp_path / "tea.md"
    script = textwrap.dedent(WRITER).format(path=str(path))
    with subprocess.Popen([sys.executable, "-c", script]) as writer:
        await until_async(path.exists)
        await asyncio.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
    text = path.read_text()
    number = text[: len(text) // 200_000]
    assert text == number * 200_000


async def test_a_full_disk_is_said_and_the_whole_text_is_rescued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    with small_disk(100_000) as disk:
        with pytest.raises(DiskFullError, match="--resume") as caught:
            async with DocumentFile(disk / "tea.md") as document:
                for _ in range(100):
                    document.update(document.text + "x" * 9_000)
                    await asyncio.sleep(0.1)
        rescued = tmp_path / "tea.rescued.md"
        assert str(rescued) in caught.value.advice
        assert rescued.read_text() == document.text[: len(rescued.read_text())]
        assert len(rescued.read_text()) > 80_000
        kept = (disk / "tea.md").read_text()
        assert kept
        assert document.text.startswith(kept)
        assert [file.name for file in disk.iterdir()] == ["tea.md"]


async def test_a_place_that_cannot_be_written_to_is_named_before_anything_starts(tmp_path: Path):
    (tmp_path / "file").touch()
    for path in (
        tmp_path,
        tmp_path / "file" / "tea.md",
        Path("/proc/tea.md"),
        tmp_path / ("x" * 300) / "t.md",
    ):
        with pytest.raises(OutputPathError):
            files.check_writable(path)


async def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputPathError, match="a device or a pipe"):
        files.check_writable(tmp_path / "pipe")


async def test_what_exists_is_not_replaced_by_accident(tmp_path: Path):
    (tmp_path / "tea.md").touch()
    with pytest.raises(OutputExistsError, match="--overwrite"):
        files.refuse_to_overwrite(tmp_path / "tea.md")
    assert files.free_name("tea", tmp_path).name == "tea-2.md"


async def test_progress_comes_back_as_it_was(path: Path):
    plan = Outline(
        brief=Brief(task="茶", structure=["甲"]),
        title="茶",
        sections=(PlannedSection(heading="甲", words=100),),
    )
    progress = Progress(plan=plan, seed=7, finished=1)
    assert files.load_progress(path) is None
    files.save_progress(path, progress)
    assert files.load_progress(path) == progress
    files.progress_path(path).write_text("{")
    with pytest.raises(OutputPathError):
        files.load_progress(path)


async def test_a_document_that_is_not_text_is_not_continued(tmp_path: Path):
    (tmp_path / "tea.md").write_bytes(b"\xff\xfe")
    with pytest.raises(OutputPathError):
        files.read_document(tmp_path / "tea.md")

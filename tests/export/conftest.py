"""A font with Chinese characters, and Java for epubcheck: from Debian, where they are missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FONT = "fonts-wqy-microhei"
JAVA = "default-jre-headless"


def apt(*arguments: str, folder: Path | None = None) -> bool:
    if shutil.which("apt-get") is None:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def run(*words: str) -> bool:
        command = ["apt-get", "-y", *words]
        done = subprocess.run(command, env=quiet, cwd=folder, capture_output=True, check=False)
        return done.returncode == 0

    return run(*arguments) or (run("update") and run(*arguments))


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Chinese font, which is not installed for others."""
    folder = tmp_path_factory.mktemp("fonts")
    folder.chmod(0o777)
    if not apt("download", FONT, folder=folder):
        pytest.skip(f"no {FONT} to be had here")
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "-x", package, folder / "unpacked"], check=True)
    return folder / "unpacked"


@pytest.fixture(scope="session")
def java() -> None:
    """Java, installed where it is missing and we may."""
    missing = shutil.which("java") is None
    if missing and not (os.getuid() == 0 and apt("install", "--no-install-recommends", JAVA)):
        pytest.skip("no Java, and none can be installed here")

"""A font with Chinese characters, and Java for epubcheck: from Debian, where they are missing."""

import shutil
from pathlib import Path

import pytest
from tests.debian import installed, unpacked

FONT = "fonts-wqy-microhei"
JAVA = "default-jre-headless"


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Chinese font, which is not installed for others."""
    folder = tmp_path_factory.mktemp("fonts")
    folder.chmod(0o777)
    if not unpacked(FONT, folder):
        pytest.skip(f"no {FONT} to be had here")
    return folder


@pytest.fixture(scope="session")
def java() -> None:
    """Java, installed where it is missing and we may."""
    if not installed(JAVA, lambda: shutil.which("java")):
        pytest.skip("no Java, and none can be installed here")

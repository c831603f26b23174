"""Java for epubcheck, from Debian where it is missing."""

import shutil

import pytest
from tests.support.debian import installed

JAVA = "default-jre-headless"


@pytest.fixture(scope="session")
def java() -> None:
    """Java, installed where it is missing and we may."""
    if not installed(JAVA, lambda: shutil.which("java")):
        pytest.skip("no Java, and none can be installed here")

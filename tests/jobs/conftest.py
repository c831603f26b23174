"""Settings for job queues, on each database."""

from pathlib import Path

import pytest

from tests.support.jobs import settings_for
from tests.support.postgres import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        yield lambda engine: settings_for(engine, tmp_path)
        return
    with postgres() as url:
        yield lambda engine: settings_for(engine, tmp_path, url)

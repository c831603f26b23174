"""The short form of `make soak`: the program is killed at random moments while it writes."""

from pathlib import Path

import pytest

from tests.jobs.soak import soak
from tests.postgres import postgres

pytestmark = pytest.mark.engine


@pytest.mark.timeout(300)
def test_killed_again_and_again_every_document_is_whole(demo_model: Path, tmp_path: Path):
    outcome = soak(60, tmp_path, str(demo_model))
    assert outcome.kills >= 3
    assert outcome.lost < 5  # 1, and what a busy disk takes to sync
    assert outcome.documents >= 3


@pytest.mark.timeout(300)
def test_the_same_on_postgresql(demo_model: Path, tmp_path: Path):
    with postgres() as url:
        outcome = soak(60, tmp_path, str(demo_model), url)
    assert outcome.kills >= 1
    assert outcome.documents >= 3

"""The short form of `make soak`: what serves is killed at random moments while clients use it."""

from pathlib import Path

import pytest

from tests.server.soak import Soak
from tests.support.postgres import postgres_server

pytestmark = [pytest.mark.engine, pytest.mark.endurance]
BEHIND = 5  # seconds: 1, and what a busy machine takes to sync


def test_killed_again_and_again_every_word_is_there(demo_model: Path, tmp_path: Path):
    outcome = Soak(tmp_path, demo_model).run(30)
    assert sum(outcome.kills.values()) >= 2
    assert max(outcome.behind, default=0) < BEHIND
    assert outcome.documents >= 1


def test_the_same_with_postgresql_killed_too(demo_model: Path, tmp_path: Path):
    with postgres_server() as server:
        outcome = Soak(tmp_path, demo_model, server).run(30)
    assert sum(outcome.kills.values()) >= 2
    assert max(outcome.behind, default=0) < BEHIND
    assert outcome.documents >= 1

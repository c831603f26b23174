"""A server writes drafts in several lanes: its engine has a slot for each."""

import pytest

from tests.support.server import Server
from xiezuo.writing.model.outline import LANES

pytestmark = pytest.mark.engine


def test_the_engine_has_a_slot_for_each_lane(model_server: Server):
    assert model_server.http.get("/api/engine").json()["slots"] == LANES["draft"]

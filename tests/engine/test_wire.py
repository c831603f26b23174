"""Chunks of a completion: accounts that an engine gives in part, or otherwise, are no fault."""

import json
from typing import Any

import pytest

from xiezuo.engine.capabilities import Capabilities
from xiezuo.engine.protocol import ChatRequest, Delta, Done, Message, Timings, Usage
from xiezuo.engine.sampling import preset
from xiezuo.engine.wire import ChunkReader, request_body

ASK = ChatRequest((Message("user", "Tea?"),), preset("article"), max_tokens=8)
LAST = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


def done(**facts: Any) -> Done:
    """The end of a completion whose last chunk says `facts`, too."""
    reader = ChunkReader(ASK)
    assert reader.read(json.dumps(LAST | facts)) == []
    return reader.done()


@pytest.mark.parametrize("name", Timings.__slots__)
def test_a_timing_that_is_missing_is_no_lost_engine(name: str):
    reported = {one: 3 for one in Timings.__slots__ if one != name}
    timings = done(timings=reported).timings
    assert getattr(timings, name) == 0
    assert sum(getattr(timings, one) for one in Timings.__slots__) == 3 * len(reported)


@pytest.mark.parametrize("timings", [{}, "fast", {"prompt_n": None}, {"draft_n": 7}])
def test_timings_that_say_nothing_we_know_are_none(timings: object):
    assert done(timings=timings).timings is None


@pytest.mark.parametrize("usage", ["much", [7], {"prompt_tokens": "7"}, {"cost": 1}])
def test_usage_that_says_nothing_we_know_is_none(usage: object):
    assert done(usage=usage).usage is None


def test_usage_without_details_is_enough():
    assert done(usage={"completion_tokens": 7}).usage == Usage(0, 7, 0)


@pytest.mark.parametrize("progress", [{"processed": 7}, "half", {"processed": 1, "total": "2"}])
def test_progress_that_says_nothing_we_know_is_left_out(progress: object):
    chunk = {"prompt_progress": progress, "choices": [{"delta": {"content": "Hi"}}]}
    assert ChunkReader(ASK).read(json.dumps(chunk)) == [Delta("Hi")]


@pytest.mark.parametrize(("slot", "sent"), [(None, False), (1, True), (2, False)])
def test_a_slot_that_this_engine_does_not_have_is_not_asked_for(slot: int | None, sent: bool):
    offer = Capabilities(
        kind="llama.cpp", model="m", context=4096, slots=2, llama_cpp_extensions=True
    )
    body = request_body(ChatRequest(ASK.messages, ASK.sampling, max_tokens=8, slot=slot), offer)
    assert ("id_slot" in body) is sent

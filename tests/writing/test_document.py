"""The writer against scripted engines: every ending of a call, every loss, every seam."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.engine.scripted import BREAK, ScriptedEngine, scripted
from xiezuo.engine import client as client_module
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.errors import ContextOverflowError, EngineLostError
from xiezuo.writing.brief import Brief
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.drafting import Options
from xiezuo.writing.events import (
    EngineRestarted,
    Finished,
    SectionFinished,
    SectionStarted,
    TextAdded,
    WritingEvent,
)
from xiezuo.writing.plan import Plan, PlannedSection

pytestmark = pytest.mark.anyio

OPTIONS = Options(sampling=preset("article"), seed=1, prompt_tokens=100_000)
VLLM = {"/v1/models": {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 200_000}]}}
SENTENCE = "The leaves are picked at dawn by hand."


def count(body: dict) -> dict:
    return {"tokens": list(range(len(body["prompt"].split())))}


ROUTES = {**VLLM, "/tokenize": count}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "RETRY_SECONDS", (0.0,) * 4)


def plan(*headings: str, words: int = 20, title: str | None = "Tea") -> Plan:
    sections = tuple(PlannedSection(heading=one, words=words) for one in headings)
    return Plan(brief=Brief(task="Explain tea."), title=title, sections=sections)


def tokens(text: str) -> list[str]:
    return re.findall(r"\s?\S+|\s", text)


async def write(
    engine: ScriptedEngine, plan: Plan, options: Options = OPTIONS, **state: object
) -> tuple[str, list[WritingEvent]]:
    async with EngineClient(engine.address, stall_seconds=5) as client:
        events = [event async for event in DocumentWriter(plan, client, options, **state).write()]
    text = "".join(event.text for event in events if isinstance(event, TextAdded))
    return text, events


async def test_headings_are_ours_and_in_order():
    reply = tokens(f"{SENTENCE} {SENTENCE} {SENTENCE}")
    async with scripted(reply, routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", "Cup"))
    body = f"{SENTENCE} {SENTENCE} {SENTENCE}"
    assert text == f"# Tea\n\n## Leaf\n\n{body}\n\n## Cup\n\n{body}\n"
    assert [event.heading for event in events if isinstance(event, SectionStarted)] == [
        "Leaf",
        "Cup",
    ]
    assert events[-1] == Finished(
        words=events[-1].words,
        tokens=events[-1].tokens,
        seconds=events[-1].seconds,
        empty_sections=(),
    )


async def test_the_document_so_far_is_the_beginning_of_the_answer():
    async with scripted(tokens(f"{SENTENCE} " * 3), routes=ROUTES) as engine:
        await write(engine, plan("Leaf", "Cup"))
    first, second = (request["messages"] for request in engine.requests)
    assert first[:2] == second[:2]
    assert first[2]["content"] == "# Tea\n\n## Leaf\n\n"
    assert second[2]["content"].startswith(first[2]["content"])
    assert second[2]["content"].endswith("## Cup\n\n")


async def test_a_model_that_goes_on_to_the_next_section_is_stopped():
    reply = tokens(f"{SENTENCE} {SENTENCE}\n\n## Cup\n\nWrong.")
    async with scripted(reply, tokens(f"{SENTENCE} " * 3), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"))
    assert text.count("## Cup") == 1
    assert "Wrong" not in text


async def test_one_that_stops_too_early_is_asked_for_more():
    async with scripted(["Short."], tokens(f"{SENTENCE} " * 3), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf"))
    assert f"Short.\n\n{SENTENCE}" in text
    assert engine.requests[0]["seed"] != engine.requests[1]["seed"]


async def test_one_that_never_says_anything_leaves_an_empty_section_and_says_so():
    async with scripted([], routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", "Cup"))
    assert text == "# Tea\n\n## Leaf\n\n## Cup\n"
    assert events[-1].empty_sections == ("Leaf", "Cup")
    assert all(event.empty for event in events if isinstance(event, SectionFinished))


async def test_one_that_never_stops_is_stopped_at_a_sentence():
    async with scripted(tokens(f"{SENTENCE} " * 200), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", words=100))
    assert text.rstrip().endswith("hand.")
    assert 100 <= len(text.split()) <= 130


async def test_one_that_never_ends_a_sentence_is_bounded():
    async with scripted(["again "] * 5000, routes=ROUTES, finish_reason="length") as engine:
        text, events = await write(engine, plan("Leaf", words=100))
    assert events[-1].tokens < 6000
    assert text


async def test_an_answer_cut_at_its_token_limit_goes_on_where_it_stopped():
    half = len(SENTENCE) // 2
    async with scripted(
        [SENTENCE[:half]], [SENTENCE[half:]] * 1 + tokens(f" {SENTENCE}" * 3),
        routes=ROUTES, finish_reason="length",
    ) as engine:  # fmt: skip
        text, _ = await write(engine, plan("Leaf"))
    assert f"## Leaf\n\n{SENTENCE} {SENTENCE}" in text


async def test_a_code_block_left_open_is_closed_before_the_next_heading():
    async with scripted(
        tokens("Run this now:\n\n```python\ntea = 1\n" * 1),
        tokens(f"{SENTENCE} " * 3),
        routes=ROUTES,
    ) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup", words=5))
    assert "tea = 1\n```\n\n## Cup" in text


def rest_of(whole: str) -> Callable[[dict], list[str]]:
    """An engine that goes on with `whole` from where the prompt ends in it."""

    def reply(body: dict) -> list[str]:
        begun = body["messages"][2]["content"].rpartition("\n\n")[2]
        assert whole.startswith(begun)
        return tokens(whole[len(begun) :])

    return reply


@pytest.mark.parametrize("at", range(1, 25, 3))
async def test_a_lost_engine_leaves_no_seam(at: int):
    body = f"{SENTENCE} {SENTENCE} {SENTENCE}"
    until_loss = [*tokens(body)[:at], 0.05, BREAK]
    async with scripted(until_loss, rest_of(body), routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf"))
    assert text == f"# Tea\n\n## Leaf\n\n{body}\n"
    assert any(isinstance(event, EngineRestarted) for event in events)


async def test_an_engine_that_is_lost_again_and_again_without_a_word_is_given_up():
    async with scripted([BREAK], routes=ROUTES) as engine:
        with pytest.raises(EngineLostError):
            await write(engine, plan("Leaf"))
    assert len(engine.requests) == 3


@pytest.mark.parametrize("cut", [*range(15, 140, 7), 18, 133, 134])
async def test_it_goes_on_from_any_character(cut: int):
    """Every prefix of a document is continued in its section, and nothing comes twice."""
    body = f"{SENTENCE} {SENTENCE} {SENTENCE}"
    whole = f"# Tea\n\n## Leaf\n\n{body}\n\n## Cup\n\n{body}\n"
    begun = whole[:cut].rstrip()
    async with scripted(rest_of(body), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"), written=begun)
    assert begun + text == whole


async def test_a_finished_section_is_not_written_again():
    begun = f"# Tea\n\n## Leaf\n\n{SENTENCE}"
    async with scripted(tokens(f"{SENTENCE} " * 3), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"), written=begun, finished=1)
    assert text.startswith("\n\n## Cup")
    assert len(engine.requests) == 1


async def test_a_long_document_is_seen_through_a_window_that_moves_seldom():
    narrow = Options(sampling=preset("article"), seed=1, prompt_tokens=700)
    headings = [f"Part {number}" for number in range(12)]
    async with scripted(tokens(f"{SENTENCE} " * 40), routes=ROUTES) as engine:
        text, _ = await write(engine, plan(*headings, words=100), narrow)
    views = [request["messages"][2]["content"] for request in engine.requests]
    assert max(len(view.split()) for view in views) < 700
    moved = sum(not later.startswith(earlier) for earlier, later in pairwise(views))
    assert 1 <= moved <= 6
    assert views[-1].rstrip().endswith("## Part 11")
    assert [f"## {heading}" in text for heading in headings] == [True] * 12


async def test_a_brief_that_leaves_no_room_is_refused():
    narrow = Options(sampling=preset("article"), seed=1, prompt_tokens=300)
    long = plan("Leaf").model_copy(update={"brief": Brief(task="tea " * 300)})
    async with scripted(routes=ROUTES) as engine:
        with pytest.raises(ContextOverflowError, match="Shorten the brief"):
            await write(engine, long, narrow)


async def test_an_engine_that_cannot_continue_is_told_where_to_go_on():
    async with scripted(tokens(f"{SENTENCE} " * 3)) as engine:
        text, _ = await write(engine, plan("Leaf"))
    *_, assistant, last = engine.requests[0]["messages"]
    assert assistant["content"].endswith("## Leaf\n\n")
    assert (last["role"], "Leaf" in last["content"]) == ("user", True)
    assert "## Leaf" in text

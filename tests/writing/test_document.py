"""The writer against scripted engines: every ending of a call, every loss, every seam."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.support.scripted_text import endless, prose, tokens
from tests.support.writing import ROUTES, plan, write
from xiezuo.engine import client as client_module
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import BREAK, scripted
from xiezuo.errors import ContextOverflowError, EngineLostError
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import (
    EngineRestarted,
    Finished,
    SectionFinished,
    SectionStarted,
    TextCut,
)
from xiezuo.writing.model.outline import PlannedSection
from xiezuo.writing.section.writer import WritingOptions

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "RETRY_SECONDS", (0.0,) * 4)


async def test_headings_are_ours_and_in_order():
    async with scripted(endless(), routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", "Cup"))
    assert text.startswith(f"# Tea\n\n## Leaf\n\n{prose(2)}")
    assert f"\n\n## Cup\n\n{prose(2, start=40)}" in text
    started = [event.heading for event in events if isinstance(event, SectionStarted)]
    assert started == ["Leaf", "Cup"]
    assert isinstance(events[-1], Finished)
    assert events[-1].empty_sections == ()


async def test_the_document_so_far_is_the_beginning_of_the_answer():
    async with scripted(endless(), routes=ROUTES) as engine:
        await write(engine, plan("Leaf", "Cup"))
    head, second = (request["messages"] for request in engine.requests)
    assert head[:2] == second[:2]
    assert head[2]["content"] == "# Tea\n\n## Leaf\n\n"
    assert second[2]["content"].startswith(head[2]["content"])
    assert second[2]["content"].endswith("## Cup\n\n")


async def test_a_model_that_goes_on_to_the_next_section_is_stopped():
    reply = tokens(f"{prose(3)}\n\n## Cup\n\nWrong.")
    async with scripted(reply, endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"))
    assert text.count("## Cup") == 1
    assert "Wrong" not in text


async def test_one_that_stops_too_early_is_asked_for_more():
    async with scripted(["Short."], endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf"))
    assert f"Short.\n\n{prose(1)}" in text
    assert engine.requests[0]["seed"] != engine.requests[1]["seed"]


async def test_one_that_never_says_anything_leaves_an_empty_section_and_says_so():
    async with scripted([], routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", "Cup"))
    assert text == "# Tea\n\n## Leaf\n\n## Cup\n"
    assert events[-1].empty_sections == events[-1].review_sections == ("Leaf", "Cup")
    finished = [event for event in events if isinstance(event, SectionFinished)]
    assert all(event.empty and event.state == "needs_review" for event in finished)


@pytest.mark.parametrize("words", [60, 100, 150])
async def test_one_that_never_stops_is_stopped_at_a_sentence_when_it_is_long_enough(words: int):
    async with scripted(endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup", words=words))
    assert text.rstrip().endswith(".")
    assert 2 * 0.85 * words <= len(text.split()) - 6 <= 2 * 1.15 * words


async def test_a_sentence_that_would_make_it_far_too_long_is_left_out():
    endless_sentence = " and ".join(prose(40, start=900).rstrip(".").replace(".", ",").split())
    reply = tokens(f"{prose(10)} {endless_sentence}.")
    async with scripted(reply, endless(), routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", words=100))
    assert len(text.split()) <= 118
    assert "STR006" in [event.reason for event in events if isinstance(event, TextCut)]


async def test_what_one_section_is_short_of_the_next_makes_up_for():
    short = tokens(prose(4, start=1000) + "\n\n## Next\n")
    replies = [short] * 5 + [endless()]
    async with scripted(*replies, routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup", words=100))
    leaf, cup = (len(part.split()) for part in text.split("\n## ")[1:])
    assert leaf < 80
    assert cup > 110


async def test_one_that_never_ends_a_sentence_is_bounded():
    words = [f" word{number}" for number in range(5000)]
    async with scripted(words, routes=ROUTES, finish_reason="length") as engine:
        _, events = await write(engine, plan("Leaf", words=100))
    assert events[-1].tokens < 1500
    assert events[-1].review_sections == ("Leaf",)


async def test_an_answer_cut_at_its_token_limit_goes_on_where_it_stopped():
    whole = prose(4)
    half = len(whole) // 3
    async with scripted(
        tokens(whole[:half]), tokens(whole[half:]), endless(), routes=ROUTES, finish_reason="length"
    ) as engine:
        text, _ = await write(engine, plan("Leaf"))
    assert f"## Leaf\n\n{prose(2)}" in text


async def test_a_code_block_left_open_is_closed_before_the_next_heading():
    broken_off = tokens(f"{prose(1)}\n\n```python\ntea = 1\n")
    async with scripted(broken_off, endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup", words=10))
    assert "tea = 1\n```\n\n## Cup" in text


def rest_of(leaf: str, cup: str = "") -> Callable[[dict], list[str]]:
    """An engine that goes on with the body of the last heading from where the prompt ends in it."""

    def reply(request: dict) -> list[str]:
        heading, _, begun = request["messages"][2]["content"].rpartition("## ")[2].partition("\n")
        body = {"Leaf": leaf, "Cup": cup}[heading]
        assert body.startswith(begun.lstrip("\n"))
        return tokens(body[len(begun.lstrip("\n")) :])

    return reply


async def check_loss(at: int) -> None:
    """An engine that is lost after `at` tokens leaves no trace in the text."""
    body = prose(3)
    until_loss = [*tokens(body)[:at], 0.05, BREAK]
    async with scripted(until_loss, rest_of(body), routes=ROUTES) as engine:
        text, events = await write(engine, plan("Leaf", words=len(body.split())))
    assert text == f"# Tea\n\n## Leaf\n\n{body}\n", at
    assert any(isinstance(event, EngineRestarted) for event in events), at


@pytest.mark.parametrize("at", [1, 10, 22])
async def test_a_lost_engine_leaves_no_seam(at: int):
    await check_loss(at)


@pytest.mark.endurance
async def test_an_engine_lost_after_any_token_leaves_no_seam():
    for at in range(1, len(tokens(prose(3)))):
        await check_loss(at)


async def test_no_word_is_cut_where_a_text_that_is_long_enough_stopped_within_a_sentence():
    begun = f"{prose(6)} The last of it is sma"
    text = f"# Tea\n\n## Leaf\n\n{begun}"
    async with scripted(endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", words=40), text=text)
    assert text == f"# Tea\n\n## Leaf\n\n{prose(6)}\n"


async def test_an_engine_that_is_lost_again_and_again_without_a_word_is_given_up():
    async with scripted([BREAK], routes=ROUTES) as engine:
        with pytest.raises(EngineLostError):
            await write(engine, plan("Leaf"))
    assert len(engine.requests) == 3


LEAF, CUP = prose(3), prose(3, start=500)
WHOLE = f"# Tea\n\n## Leaf\n\n{LEAF}\n\n## Cup\n\n{CUP}\n"
BOUNDARIES = {
    "nothing": "",
    "the title": "# Tea",
    "an empty line": "# Tea\n\n",
    "a heading": "# Tea\n\n## Leaf",
    "a heading and an empty line": "# Tea\n\n## Leaf\n\n",
    "within a word": WHOLE[: WHOLE.index("tience")],
    "a sentence": WHOLE[: WHOLE.index(". ") + 1],
    "a section": WHOLE[: WHOLE.index("\n\n## Cup")],
    "the next heading": WHOLE[: WHOLE.index("\n\n## Cup") + len("\n\n## Cup")],
}


async def check_going_on(begun: str) -> None:
    """A document that stops after `begun` is continued in its section, and nothing comes twice."""
    sections = (
        PlannedSection(heading="Leaf", words=len(LEAF.split())),
        PlannedSection(heading="Cup", words=len(CUP.split())),
    )
    planned = plan().model_copy(update={"sections": sections})
    async with scripted(rest_of(LEAF, CUP), routes=ROUTES) as engine:
        text, _ = await write(engine, planned, text=begun)
    assert text == WHOLE, begun


@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_it_goes_on_from_any_boundary(boundary: str):
    await check_going_on(BOUNDARIES[boundary])


@pytest.mark.endurance
async def test_it_goes_on_from_any_character():
    """Half a heading is left out: it is another heading, which a person may have written."""
    for cut in range(len(WHOLE)):
        half_a_heading = WHOLE[:cut].rpartition("\n")[2].startswith("#") and WHOLE[cut] != "\n"
        if not half_a_heading:
            await check_going_on(WHOLE[:cut])


async def test_a_finished_section_is_not_written_again():
    begun = f"# Tea\n\n## Leaf\n\n{prose(1, start=900)}"
    async with scripted(endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"), text=begun, written=frozenset({0}))
    assert text.startswith(f"{begun}\n\n## Cup")
    assert len(engine.requests) == 1


async def test_what_a_person_wrote_into_the_document_stays():
    begun = f"My own words.\n\n## Leaf\n\n{prose(3, start=900)}\n\n### Mine\n\nStays."
    async with scripted(endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan("Leaf", "Cup"), text=begun, written=frozenset({0}))
    assert text.startswith(f"{begun}\n\n## Cup")


async def test_a_long_document_is_seen_through_a_window_that_moves_seldom():
    narrow = WritingOptions(
        sampling=preset("article"), rewriting=preset("rewrite"), seed=1, prompt_tokens=700
    )
    headings = [f"Part {number}" for number in range(12)]
    async with scripted(endless(), routes=ROUTES) as engine:
        text, _ = await write(engine, plan(*headings, words=100), narrow)
    views = [request["messages"][2]["content"] for request in engine.requests]
    assert max(len(view.split()) for view in views) < 700
    moved = sum(not later.startswith(earlier) for earlier, later in pairwise(views))
    assert 1 <= moved <= 6
    assert [f"## {heading}" in text for heading in headings] == [True] * 12
    memories = {request["messages"][1]["content"] for request in engine.requests}
    assert any("- Part 0: " in memory for memory in memories)
    assert len(memories) == moved + 1


async def test_a_brief_that_leaves_no_room_is_refused():
    narrow = WritingOptions(
        sampling=preset("article"), rewriting=preset("rewrite"), seed=1, prompt_tokens=300
    )
    long = plan("Leaf").model_copy(update={"brief": Brief(task="tea " * 300)})
    async with scripted(routes=ROUTES) as engine:
        with pytest.raises(ContextOverflowError, match="Shorten the brief"):
            await write(engine, long, narrow)


async def test_an_engine_that_cannot_continue_is_told_where_to_go_on():
    async with scripted(endless()) as engine:
        text, _ = await write(engine, plan("Leaf"))
    *_, assistant, last = engine.requests[0]["messages"]
    assert assistant["content"].endswith("## Leaf\n\n")
    assert (last["role"], "Leaf" in last["content"]) == ("user", True)
    assert "## Leaf" in text


async def test_a_draft_has_every_section_in_order():
    headings = [f"Part {number}" for number in range(5)]
    async with scripted(endless(), routes=ROUTES) as engine:
        text, events = await write(engine, plan(*headings, words=60), mode="draft")
    assert [line[3:] for line in text.split("\n") if line.startswith("## ")] == headings
    assert not any(isinstance(event, TextCut) for event in events)
    assert all(
        request["messages"][2]["content"].startswith("## Part") for request in engine.requests
    )

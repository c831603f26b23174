"""The context budget: the brief always in view, the end of the text always, the rest if it fits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import Message
from xiezuo.engine.scripted import scripted
from xiezuo.errors import ContextOverflowError
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, requested_sections
from xiezuo.writing.section.context_window import SMALLEST_ANSWER, SMALLEST_VIEW, ContextWindow

pytestmark = pytest.mark.anyio

BRIEF = Brief(task="Explain tea.", structure=["Leaf", "Cup"])
PARAGRAPH = "The leaves are picked at dawn by hand, " * 5 + "every day."


def plan(brief: Brief = BRIEF) -> Outline:
    return Outline(brief=brief, title="Tea", sections=requested_sections(brief))


def document(paragraphs: int) -> str:
    numbered = [f"{number}. {PARAGRAPH}" for number in range(paragraphs)]
    return "\n\n".join(["# Tea", "## Leaf", *numbered]) + "\n\n"


def words(text: str) -> int:
    return len(text.split())


@asynccontextmanager
async def window(
    limit: int, context: int = 100_000, brief: Brief = BRIEF, owner: str = "vllm"
) -> AsyncGenerator[ContextWindow]:
    """A window on an engine whose tokens are words; it continues answers if `owner` is `vllm`."""
    model = {"id": "m", "owned_by": owner, "max_model_len": context}
    routes = {
        "/v1/models": {"data": [model]},
        "/tokenize": lambda body: {"tokens": [0] * words(body["prompt"])},
    }
    async with scripted(routes=routes) as engine, EngineClient(engine.address) as client:
        yield ContextWindow(plan(brief), client, limit)


def view(messages: tuple[Message, ...]) -> str:
    return next(message.content for message in messages if message.role == "assistant")


def size(messages: tuple[Message, ...]) -> int:
    return sum(words(message.content) for message in messages)


async def test_all_of_a_short_document_is_in_view():
    async with window(2000) as shown:
        system, user, assistant = await shown.messages(document(3), "Leaf")
    assert assistant == Message("assistant", document(3))
    assert "Explain tea." in user.content
    assert "## Leaf (about 400 words)\n## Cup" in user.content
    assert system.role == "system"


async def test_a_long_document_is_seen_from_a_paragraph_on_to_its_end():
    async with window(1000) as shown:
        messages = await shown.messages(document(60), "Leaf")
    assert size(messages) < 1000
    assert view(messages)[0].isdigit()
    assert document(60).endswith(view(messages))
    assert document(60)[shown.start :] == view(messages)


async def test_the_view_moves_seldom_and_between_moves_only_grows():
    async with window(1000) as shown:
        views = [view(await shown.messages(document(count), "Leaf")) for count in range(1, 60)]
    moves = sum(not later.startswith(earlier) for earlier, later in pairwise(views))
    assert 1 <= moves <= 8
    assert max(map(words, views)) < 1000
    assert min(map(words, views[20:])) > 200


async def test_text_without_paragraphs_is_cut_between_words():
    text = "word " * 3000
    async with window(1000) as shown:
        seen = view(await shown.messages(text, "Leaf"))
    assert text.endswith(seen)
    assert seen.startswith("word")
    assert 200 < words(seen) < 1000


async def test_text_without_any_gap_is_cut_anywhere():
    text = "茶" * 5000
    async with window(3000, owner="unknown") as shown:
        messages = await shown.messages(text, "Leaf")
    assert 500 < len(view(messages)) < 3000
    assert set(view(messages)) == {"茶"}


@pytest.mark.parametrize("context", [600, 1000, 4000])
@pytest.mark.parametrize("paragraphs", [1, 20, 80])
async def test_prompt_and_answer_fit_into_the_context(context: int, paragraphs: int):
    async with window(100_000, context) as shown:
        messages = await shown.messages(document(paragraphs), "Leaf")
    assert shown.room >= SMALLEST_ANSWER
    assert size(messages) + shown.room <= context


async def test_so_it_is_where_the_engine_must_be_told_to_go_on():
    context = 4000
    async with window(100_000, context, owner="unknown") as shown:
        messages = await shown.messages(document(80), "Leaf")
    characters = sum(len(message.content) for message in messages)
    assert messages[-1].role == "user"
    assert '"Leaf"' in messages[-1].content
    assert shown.room >= SMALLEST_ANSWER
    assert characters + shown.room <= context


async def test_a_brief_that_leaves_no_room_for_text_is_refused_with_the_figures():
    brief = BRIEF.model_copy(update={"task": "tea " * 500})
    async with window(600, brief=brief) as shown:
        with pytest.raises(ContextOverflowError) as caught:
            await shown.messages(document(1), "Leaf")
    assert caught.value.facts["context"] == 600
    assert caught.value.facts["prompt_tokens"] > 600


async def test_it_is_refused_as_soon_as_too_little_can_be_seen_to_go_on_from():
    async with window(2000, 2000) as shown:
        await shown.messages("", "Leaf")
    fixed = 2000 - shown.room
    async with window(fixed + SMALLEST_VIEW) as shown:
        await shown.messages(document(9), "Leaf")
    async with window(fixed + SMALLEST_VIEW - 1) as shown:
        with pytest.raises(ContextOverflowError):
            await shown.messages(document(9), "Leaf")


async def test_the_context_limits_the_budget_too():
    brief = BRIEF.model_copy(update={"task": "tea " * 500})
    async with window(100_000, 800, brief) as shown:
        with pytest.raises(ContextOverflowError) as caught:
            await shown.messages(document(1), "Leaf")
    assert caught.value.facts["context"] == 800 - SMALLEST_ANSWER

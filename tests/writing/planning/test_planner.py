"""Planning: the model is asked only for what the brief leaves open; an outline always results."""

import pytest

from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import scripted
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, requested_sections
from xiezuo.writing.planning.planner import (
    FEWEST_SECTIONS,
    LONG_WORK,
    MOST_CHAPTERS,
    MOST_SECTIONS,
    make_outline,
    plan_again,
)

pytestmark = pytest.mark.anyio

TEA = Brief(task="Tea.", title="Tea", words=540)  # three sections of 180 words
LLAMA_CPP = {
    "/props": {"default_generation_settings": {"params": {}, "n_ctx": 4096}},
    "/apply-template": lambda body: {"prompt": "…Mark"},
}


async def plan(brief: Brief, *replies: list) -> tuple[Outline, list[dict]]:
    async with scripted(*replies) as engine, EngineClient(engine.address) as client:
        return await make_outline(brief, client, preset("outline"), 1), engine.requests


async def test_a_full_brief_needs_no_engine():
    brief = Brief(task="Tea.", title="Tea", structure=["Leaf", "Cup"], words=200)
    outline, requests = await plan(brief)
    assert [(section.heading, section.words) for section in outline.sections] == [
        ("Leaf", 100),
        ("Cup", 100),
    ]
    assert requests == []


async def test_headings_are_freed_of_numbers_and_marks():
    answer = '1. **The Leaf**\n2) Steaming:\n- "The Cup"\n\n'
    outline, _ = await plan(Brief(task="Tea.", title="Tea", words=540), [answer])
    assert [section.heading for section in outline.sections] == ["The Leaf", "Steaming", "The Cup"]


async def test_chinese_numbering_too():
    outline, _ = await plan(
        Brief(task="写茶。", title="茶", words=540), ["第一章 采摘\n2、杀青\n3. 《冲泡》"]
    )
    assert [section.heading for section in outline.sections] == ["采摘", "杀青", "冲泡"]


async def test_a_heading_comes_only_once_and_is_asked_for_again():
    outline, requests = await plan(
        Brief(task="Tea.", title="Tea", words=540),
        ["1. Leaf\n2. leaf\n3. Leaf"],
        ["1. Cup\n2. Pan"],
    )
    assert [section.heading for section in outline.sections] == ["Leaf", "Cup", "Pan"]
    assert requests[0]["seed"] != requests[1]["seed"]


@pytest.mark.parametrize(("task", "first"), [("Tea.", "Introduction"), ("写茶。", "引言")])
async def test_a_model_that_cannot_plan_gets_what_any_text_has(task: str, first: str):
    outline, requests = await plan(Brief(task=task, title="T", words=540), [""])
    assert outline.sections[0].heading == first
    assert len(requests) == 3


async def test_a_title_is_found_where_none_is_given():
    outline, _ = await plan(Brief(task="Tea.", structure=["Leaf"]), ["# A Good Cup\n"])
    assert outline.title == "A Good Cup"
    assert (await plan(Brief(task="Tea.", structure=["Leaf"]), [""]))[0].title is None


@pytest.mark.parametrize(
    "answer",
    [
        "Leaf\nWater\nCup",
        "## 1. Leaf\n\n## 2. Water\n\n## 3. Cup",
        "Sure! Here are three headings:\n\n1. Leaf\n2. Water\n3. Cup\n\nShall I go on?",
        "1. Leaf\n2. Water\n3. Cup\n4. One too many",
    ],
)
async def test_headings_are_found_in_any_list_and_chatter_is_none(answer: str):
    outline, _ = await plan(TEA, [answer])
    assert [section.heading for section in outline.sections] == ["Leaf", "Water", "Cup"]


async def test_what_any_text_has_does_not_come_twice():
    four = TEA.model_copy(update={"words": 720})
    outline, _ = await plan(four, ["background\nMAIN POINTS"])
    headings = [section.heading for section in outline.sections]
    assert headings == ["background", "MAIN POINTS", "Introduction", "In Practice"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (10, FEWEST_SECTIONS),
        (1080, 6),
        (LONG_WORK - 1, MOST_SECTIONS),
        (200_000, MOST_CHAPTERS * MOST_SECTIONS),
    ],
)
async def test_the_length_decides_how_many_sections_there_are(words: int, count: int):
    outline, _ = await plan(TEA.model_copy(update={"words": words}), [""])
    assert len({section.heading for section in outline.sections}) == len(outline.sections) == count


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ('"The Art of Tea"', "The Art of Tea"),
        ("**The Art of Tea.**\n\nIt is a good title because", "The Art of Tea"),
        ("《茶的艺术》", "茶的艺术"),
        ("《茶经》与陆羽", "《茶经》与陆羽"),
        ('"Tea" and Other Words', '"Tea" and Other Words'),
        ("The Growers' Guide", "The Growers' Guide"),
        ("\n \n", None),
    ],
)
async def test_a_title_is_one_line_without_what_is_around_it(answer: str, title: str | None):
    language = "zh" if title and not title.isascii() else "en"
    outline, _ = await plan(Brief(task="Tea.", structure=["Leaf"], language=language), [answer])
    assert outline.title == title


async def test_a_title_in_another_language_is_none():
    outline, _ = await plan(Brief(task="Tea.", structure=["Leaf"]), ["茶的艺术"])
    assert outline.title is None


async def test_where_grammars_are_offered_the_answer_is_bound_to_its_shape():
    brief = TEA.model_copy(update={"title": None})
    replies = (["1. Leaf\n2. Water\n3. Cup\n"], [" Tea\n"])
    async with scripted(*replies, routes=LLAMA_CPP) as engine:
        async with EngineClient(engine.address) as client:
            await make_outline(brief, client, preset("outline"), 1)
    outline, title = engine.requests
    assert '"3. " line' in outline["grammar"]
    assert '"4. "' not in outline["grammar"]
    assert title["grammar"].startswith("root ::=")
    assert title["messages"][-1] == {"role": "assistant", "content": "#"}


async def test_the_brief_is_in_view_when_planning():
    brief = TEA.model_copy(update={"audience": "beginners"})
    _, requests = await plan(brief, ["1. Leaf\n2. Water\n3. Cup\n"])
    system, user = requests[0]["messages"]
    assert system["role"] == "system"
    assert all(part in user["content"] for part in ("Tea.", "beginners", "exactly 3"))


async def test_the_demo_model_under_its_grammar(client: EngineClient):
    outline = await make_outline(
        Brief(task="Explain tea.", words=900), client, preset("outline"), 3
    )
    assert len(outline.sections) == 5
    assert len({section.heading.casefold() for section in outline.sections}) == 5
    assert outline.title


async def test_a_heading_that_loops_is_not_taken_and_an_intent_that_loops_is_left_out():
    answer = "1. Ai-i-i-i-i-i: what\n2. Cup: a-a-a-a-a-a-a-a\n3. Pot: what it holds"
    outline, _ = await plan(Brief(task="Tea.", title="Tea", words=540), [answer])
    headings = [(section.heading, section.intent) for section in outline.sections]
    assert headings == [("Cup", None), ("Pot", "what it holds"), ("Introduction", None)]


CHAPTERS = "1. The Leaf: how it grows\n2. The Pan: how it is heated\n3. The Cup: how it is drunk"


async def test_a_long_work_has_chapters_and_each_its_sections():
    outline, requests = await plan(
        Brief(task="Tea.", title="Tea", words=4200),
        [CHAPTERS],
        ["1. Soil: a\n2. Rain: b\n3. Sun: c"],
        ["1. Iron: a\n2. Fire: b\n3. Hands: c"],
        ["1. Water: a\n2. Soil: b\n3. Guests: c", "4. Talk: d"],
    )
    chapters = [section.chapter for section in outline.sections if section.chapter]
    assert chapters == ["The Leaf", "The Pan", "The Cup"]
    assert [section.heading for section in outline.sections[3:6]] == ["Iron", "Fire", "Hands"]
    assert sum(section.words for section in outline.sections) == 4200
    assert outline.level == 3
    assert '"The Pan"' in requests[2]["messages"][1]["content"]


async def test_no_heading_comes_twice_in_a_work_with_chapters():
    answer = "1. Soil: a\n2. Rain: b\n3. Sun: c"
    outline, _ = await plan(Brief(task="Tea.", title="Tea", words=4200), [CHAPTERS], [answer])
    headings = [section.heading for section in outline.sections]
    assert len(set(headings)) == len(headings) == 9


async def again(index: int, *replies: list) -> tuple[Outline, list[dict]]:
    brief = Brief(task="Tea.", title="Tea", words=300, structure=["Leaf", "Cup"])
    old = Outline(brief=brief, title="Tea", sections=requested_sections(brief))
    async with scripted(*replies) as engine, EngineClient(engine.address) as client:
        return await plan_again(old, index, client, preset("outline"), 1), engine.requests


async def test_one_section_is_planned_again_and_the_others_stay():
    outline, _ = await again(1, ["1. Leaf: what was\n"], ["1. Pot: what it is poured from"])
    assert [(section.heading, section.words) for section in outline.sections] == [
        ("Leaf", 150),
        ("Pot", 150),
    ]
    assert outline.sections[1].intent == "what it is poured from"


async def test_a_model_without_another_idea_leaves_the_plan_as_it_is():
    outline, requests = await again(1, ["1. Leaf: what was\n"])
    assert [section.heading for section in outline.sections] == ["Leaf", "Cup"]
    assert len(requests) == 3

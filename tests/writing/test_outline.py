"""Planning: the engine is asked only for what is open, and no answer of it breaks the plan."""

import pytest

from tests.engine.scripted import ScriptedEngine, scripted
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.writing.brief import Brief
from xiezuo.writing.outline import FEWEST_SECTIONS, MOST_SECTIONS, TRIES, make_plan
from xiezuo.writing.plan import Plan

pytestmark = pytest.mark.anyio

TEA = Brief(task="Explain tea.", words=540, title="Tea")  # three sections of 180 words
LLAMA_CPP = {
    "/props": {"default_generation_settings": {"params": {}, "n_ctx": 4096}},
    "/apply-template": lambda body: {"prompt": "…Mark"},
}


async def plan(engine: ScriptedEngine, brief: Brief = TEA) -> Plan:
    async with EngineClient(engine.address) as client:
        return await make_plan(brief, client, preset("outline"), seed=5)


async def planned(*answers: str, brief: Brief = TEA) -> list[str]:
    """The headings that come of the engine's `answers`."""
    async with scripted(*([answer] for answer in answers)) as engine:
        return [section.heading for section in (await plan(engine, brief)).sections]


async def titled(answer: str, task: str = "Explain tea.") -> str | None:
    brief = Brief(task=task, structure=["Leaf"])
    async with scripted([answer]) as engine:
        return (await plan(engine, brief)).title


async def test_nothing_is_asked_when_nothing_is_open():
    async with scripted() as engine:
        made = await plan(engine, Brief(task="x", title="Tea", structure=["Leaf", "Cup"]))
    assert engine.requests == []
    assert (made.title, [one.heading for one in made.sections]) == ("Tea", ["Leaf", "Cup"])


@pytest.mark.parametrize(
    "answer",
    [
        "1. Leaf\n2. Water\n3. Cup\n",
        "Leaf\nWater\nCup",
        "- Leaf\n- Water\n- Cup",
        "## 1. Leaf\n\n## 2. Water\n\n## 3. Cup",
        '1. **Leaf**\n2. "Water"\n3. Cup:',
        "1、Leaf\n2、Water\n3、Cup",
        "第一章 Leaf\n第二章：Water\n第三章 “Cup”",
        "Sure! Here are three headings:\n\n1. Leaf\n2. Water\n3. Cup\n\nShall I go on?",
        "1. Leaf\n2. Water\n3. Cup\n4. One too many",
        "1. Leaf\n2. LEAF\n3. Water\n4. Cup",
    ],
)
async def test_headings_are_found_in_any_list(answer: str):
    assert [heading.lstrip("：") for heading in await planned(answer)] == ["Leaf", "Water", "Cup"]


async def test_too_few_headings_are_asked_for_again_with_another_seed():
    async with scripted(["1. Leaf\n"], ["1. Leaf\n2. Water\n"], ["1. Cup\n"]) as engine:
        made = await plan(engine)
    assert [one.heading for one in made.sections] == ["Leaf", "Water", "Cup"]
    assert [request["seed"] for request in engine.requests] == [5, 6, 7]


async def test_an_engine_that_cannot_plan_gets_plain_headings_after_a_few_tries():
    async with scripted(["\n\n"]) as engine:
        made = await plan(engine)
    assert [one.heading for one in made.sections] == ["Introduction", "Background", "Main Points"]
    assert len(engine.requests) == TRIES


async def test_plain_headings_do_not_come_twice():
    assert await planned("background\nMAIN POINTS") == [
        "background",
        "MAIN POINTS",
        "Introduction",
    ]


async def test_plain_headings_are_in_the_language_of_the_document():
    assert (await planned("", brief=Brief(task="介绍绿茶", title="茶")))[0] == "引言"


@pytest.mark.parametrize(
    ("words", "count"), [(10, FEWEST_SECTIONS), (1080, 6), (200_000, MOST_SECTIONS)]
)
async def test_the_length_decides_how_many_sections_there_are(words: int, count: int):
    made = await planned("", brief=Brief(task="x", title="y", words=words))
    assert len(made) == len(set(made)) == count


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("# The Art of Tea\n", "The Art of Tea"),
        ('"The Art of Tea"', "The Art of Tea"),
        ("**The Art of Tea.**\n\nIt is a good title because", "The Art of Tea"),
        ("《茶的艺术》", "茶的艺术"),
        ("《茶经》与陆羽", "《茶经》与陆羽"),
        ('"Tea" and Other Words', '"Tea" and Other Words'),
        ("The Growers' Guide", "The Growers' Guide"),
        ("\n \n", None),
    ],
)
async def test_a_title_is_one_line_without_decoration(answer: str, title: str | None):
    assert await titled(answer) == title


async def test_where_grammars_are_offered_the_answer_is_bound_to_its_shape():
    async with scripted(["1. Leaf\n2. Water\n3. Cup\n"], [" Tea\n"], routes=LLAMA_CPP) as engine:
        await plan(engine, TEA.model_copy(update={"title": None}))
    outline, title = engine.requests
    assert '"3. " line' in outline["grammar"]
    assert '"4. "' not in outline["grammar"]
    assert title["grammar"].startswith("root ::=")
    assert title["messages"][-1] == {"role": "assistant", "content": "#"}


async def test_the_brief_is_in_view_when_planning():
    async with scripted(["1. Leaf\n2. Water\n3. Cup\n"]) as engine:
        await plan(engine, TEA.model_copy(update={"audience": "beginners"}))
    system, user = engine.requests[0]["messages"]
    assert "Explain tea." in user["content"]
    assert "beginners" in user["content"]
    assert "exactly 3" in user["content"]
    assert system["role"] == "system"


@pytest.mark.engine
async def test_the_demo_model_plans_under_the_grammar(client: EngineClient):
    brief = Brief(task="Explain how green tea is made.", words=900)
    made = await make_plan(brief, client, preset("outline"), seed=1)
    planned = [section.heading for section in made.sections]
    assert len(planned) == len({one.casefold() for one in planned}) == 5
    assert made.title
    assert not any(mark in text for text in [made.title, *planned] for mark in "\n#*`")

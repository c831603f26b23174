"""Planning: the engine is asked only for what the brief leaves open, and always gives a plan."""

import pytest

from tests.engine.scripted import scripted
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.writing.brief import Brief
from xiezuo.writing.outline import make_plan
from xiezuo.writing.plan import Plan

pytestmark = pytest.mark.anyio


async def plan(brief: Brief, *replies: list) -> tuple[Plan, list[dict]]:
    async with scripted(*replies) as engine, EngineClient(engine.address) as client:
        return await make_plan(brief, client, preset("outline"), 1), engine.requests


async def test_a_full_brief_needs_no_engine():
    brief = Brief(task="Tea.", title="Tea", structure=["Leaf", "Cup"], words=200)
    made, requests = await plan(brief)
    assert [(one.heading, one.words) for one in made.sections] == [("Leaf", 100), ("Cup", 100)]
    assert requests == []


async def test_headings_are_freed_of_numbers_and_marks():
    answer = '1. **The Leaf**\n2) Steaming:\n- "The Cup"\n\n'
    made, _ = await plan(Brief(task="Tea.", title="Tea", words=540), [answer])
    assert [one.heading for one in made.sections] == ["The Leaf", "Steaming", "The Cup"]


async def test_chinese_numbering_too():
    made, _ = await plan(
        Brief(task="写茶。", title="茶", words=540), ["第一章 采摘\n2、杀青\n3. 《冲泡》"]
    )
    assert [one.heading for one in made.sections] == ["采摘", "杀青", "冲泡"]


async def test_a_heading_comes_only_once_and_is_asked_for_again():
    made, requests = await plan(
        Brief(task="Tea.", title="Tea", words=540),
        ["1. Leaf\n2. leaf\n3. Leaf"],
        ["1. Cup\n2. Pan"],
    )
    assert [one.heading for one in made.sections] == ["Leaf", "Cup", "Pan"]
    assert requests[0]["seed"] != requests[1]["seed"]


@pytest.mark.parametrize(("task", "first"), [("Tea.", "Introduction"), ("写茶。", "引言")])
async def test_a_model_that_cannot_plan_gets_what_any_text_has(task: str, first: str):
    made, requests = await plan(Brief(task=task, title="T", words=540), [""])
    assert made.sections[0].heading == first
    assert len(requests) == 3


async def test_a_title_is_found_where_none_is_given():
    made, _ = await plan(Brief(task="Tea.", structure=["Leaf"]), ["# A Good Cup\n"])
    assert made.title == "A Good Cup"
    assert (await plan(Brief(task="Tea.", structure=["Leaf"]), [""]))[0].title is None


@pytest.mark.engine
async def test_the_demo_model_under_its_grammar(client: EngineClient):
    made = await make_plan(Brief(task="Explain tea.", words=900), client, preset("outline"), 3)
    assert len(made.sections) == 5
    assert len({one.heading.casefold() for one in made.sections}) == 5
    assert made.title

"""Rounds: the section that is meant, the history that fits, edits and never a silent change."""

import pytest

from tests.support.scripted_text import prose, tokens
from tests.support.writing import ROUTES, plan
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import scripted
from xiezuo.writing.edit.revise import revise, section_meant
from xiezuo.writing.edit.rewrite import RewriteContext
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.manuscript import Manuscript

pytestmark = pytest.mark.anyio


def manuscript() -> Manuscript:
    document = Manuscript(plan("Leaf", "Cup", "Pot"))
    for part, text in zip(
        document.parts,
        ("Leaves grow on hills.", "Porcelain holds tea.", "Clay keeps warm."),
        strict=True,
    ):
        part.text, part.state = text, "written"
    return document


@pytest.mark.parametrize(
    ("instruction", "index"),
    [
        ("Make section 2 shorter.", 1),
        ("把第 3 节写短一点", 2),
        ("In the pot, say more about clay.", 2),
        ("Say more about porcelain.", 1),
        ("Section 9 is wrong about hills.", 0),
    ],
)
def test_the_section_that_is_meant(instruction: str, index: int):
    assert section_meant(manuscript(), instruction) == index


async def ask(instruction: str, history: list[str], budget: int = 1000, reply: str = "New."):
    document = manuscript()
    async with (
        scripted(tokens(reply), routes=ROUTES) as engine,
        EngineClient(engine.address) as client,
    ):
        pen = RewriteContext(client, Brief(task="Explain tea."), preset("rewrite"), 1)
        revision = await revise(pen, document, instruction, history, budget)
    return revision, document, engine.requests[0]["messages"][1]["content"]


async def test_the_answer_is_edits_of_that_section():
    revision, document, question = await ask("Make section 2 shorter.", [], reply="Cups hold tea.")
    assert revision.index == 1
    assert revision.asked.edits.apply(document.parts[1].text) == "Cups hold tea."
    assert document.parts[1].text == "Porcelain holds tea."
    assert "Make section 2 shorter." in question


async def test_history_is_kept_from_its_end_as_far_as_it_fits():
    history = [f"Request number {number}." for number in range(20)]
    revision, _, question = await ask("Again.", history, budget=20)
    assert 0 < revision.remembered < 20
    assert "- Request number 19." in question
    assert "Request number 0." not in question


async def test_of_a_long_section_the_paragraph_that_is_meant_is_shown():
    document = manuscript()
    document.parts[0].text = f"{prose(40)}\n\nPorcelain is rare.\n\n{prose(40, start=100)}"
    async with scripted(tokens("Porcelain is dear."), routes=ROUTES) as engine:
        async with EngineClient(engine.address) as client:
            pen = RewriteContext(client, Brief(task="Explain tea."), preset("rewrite"), 1)
            revision = await revise(pen, document, "Porcelain is not rare, it is dear.", [], 100)
    changed = revision.asked.edits.apply(document.parts[0].text)
    assert changed == document.parts[0].text.replace("rare", "dear")

"""Repairs of one diagnostic: the cheapest method that works, and `sound` only when it did."""

import pytest

from tests.support.scripted_text import tokens
from tests.support.writing import ROUTES
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import scripted
from xiezuo.lint import lint
from xiezuo.writing.edit.rewrite import RewriteContext
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.repair.on_request import OnRequestRepair, ReportedDiagnostic, repair_on_request

pytestmark = pytest.mark.anyio
BODY = "Tea grows on hills.\n\nThe leaves are picked by hand early in the day and then they"
WHOLE = "The leaves are picked by hand early in the day and then they are steamed."
OPEN = "The leaves are picked by hand early in the morning and after that they"


LAST = "The leaves are picked by hand late in the evening and after that they"


async def repaired(*answers: str) -> OnRequestRepair:
    async with (
        scripted(*[tokens(answer) for answer in answers], routes=ROUTES) as engine,
        EngineClient(engine.address) as client,
    ):
        pen = RewriteContext(client, Brief(task="Explain tea."), preset("rewrite"), 1)
        (fault,) = lint(BODY, select=["CUT001"])
        pointed = ReportedDiagnostic(fault.code, fault.message, fault.span)
        return await repair_on_request(pen, "Leaf", BODY, pointed)


async def test_the_passage_is_rewritten_until_it_is_sound():
    repair = await repaired(OPEN, WHOLE)
    assert repair.edits.apply(BODY) == f"Tea grows on hills.\n\n{WHOLE}"
    assert repair.sound
    assert repair.tokens == len(tokens(OPEN)) + len(tokens(WHOLE))


async def test_of_answers_with_the_same_fault_the_last_is_offered_as_unsound():
    repair = await repaired(OPEN, LAST, "Sure!")
    assert not repair.sound
    assert repair.edits.apply(BODY) == f"Tea grows on hills.\n\n{LAST}"


async def test_an_answer_that_is_no_passage_is_left_out():
    repair = await repaired("Sure!", "", "No.")
    assert (list(repair.edits), repair.sound) == ([], False)

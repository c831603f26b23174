"""One finding mended: the cheapest way that works, and no claim that it worked when it did not."""

import pytest

from tests.support.scripted_text import tokens
from tests.support.writing import ROUTES
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import scripted
from xiezuo.lint import lint
from xiezuo.writing.edit.rewrite import RewriteContext
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.repair.on_request import OnRequestRepair, PointedDiagnostic, repair_on_request

pytestmark = pytest.mark.anyio
BODY = "Tea grows on hills.\n\nThe leaves are picked by hand early in the day and then they"
WHOLE = "The leaves are picked by hand early in the day and then they are steamed."
OPEN = "The leaves are picked by hand early in the morning and after that they"


async def mended(*answers: str) -> OnRequestRepair:
    async with (
        scripted(*[tokens(answer) for answer in answers], routes=ROUTES) as engine,
        EngineClient(engine.address) as client,
    ):
        pen = RewriteContext(client, Brief(task="Explain tea."), preset("rewrite"), 1)
        (fault,) = lint(BODY, select=["CUT001"])
        marked = PointedDiagnostic(fault.code, fault.message, fault.span)
        return await repair_on_request(pen, "Leaf", BODY, marked)


async def test_the_passage_is_asked_for_again_until_it_is_sound():
    made = await mended(OPEN, WHOLE)
    assert made.edits.apply(BODY) == f"Tea grows on hills.\n\n{WHOLE}"
    assert made.sound
    assert made.tokens > len(WHOLE.split())


async def test_what_stays_unsound_is_said_to_be():
    made = await mended(OPEN, OPEN, OPEN)
    assert not made.sound
    assert made.edits.apply(BODY).endswith("and after that they")


async def test_an_answer_that_is_no_passage_is_left_out():
    made = await mended("Sure!", "", "No.")
    assert (list(made.edits), made.sound) == ([], False)

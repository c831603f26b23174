"""How many texts an engine holds at once: by mode, and by what memory allows."""

import pytest

from xiezuo import machine
from xiezuo.settings import load_settings
from xiezuo.studio import Studio, setup
from xiezuo.studio.setup import memory_needed, model_store, slots_for, slots_that_fit
from xiezuo.writing.plan import MODES


@pytest.mark.parametrize(
    ("modes", "documents", "slots"),
    [
        (("careful",), 1, 1), (("plain",), 1, 1), (("draft",), 1, 4), (MODES, 1, 4),
        (("careful",), 3, 3), (("draft",), 2, 4), (("draft",), 6, 6),
    ],
)  # fmt: skip
def test_modes_decide(modes: tuple, documents: int, slots: int):
    assert slots_for(modes, documents) == slots


@pytest.mark.parametrize(("fitting", "slots"), [(4, 4), (2, 2), (1, 1), (0, 1)])
def test_no_more_than_memory_allows(
    demo_model, monkeypatch: pytest.MonkeyPatch, fitting: int, slots: int
):
    settings = load_settings()
    model = model_store(settings).locate(str(demo_model))
    context = settings.engine.context * fitting
    free = (memory_needed(model, context, settings) + 1) / setup._SHARE_FOR_SLOTS
    monkeypatch.setattr(machine, "available_memory", lambda: int(free) + 1)
    assert slots_that_fit(settings, model, 4) == slots


def test_a_number_that_was_configured_stands(demo_model):
    settings = load_settings(engine={"slots": 2})
    model = model_store(settings).locate(str(demo_model))
    assert slots_that_fit(settings, model, 4) == 2


@pytest.mark.anyio
@pytest.mark.engine
@pytest.mark.parametrize(("modes", "slots"), [(None, 4), (("careful",), 1)])
async def test_a_studio_can_write_drafts_in_lanes(demo_model, modes: tuple | None, slots: int):
    settings = load_settings(model=str(demo_model))
    async with Studio(settings, **({"modes": modes} if modes else {})) as studio:
        assert studio.client.offer.slots == slots

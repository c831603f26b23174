"""How many texts an engine holds at once: by mode, and by what memory allows."""

import pytest

from xiezuo import machine
from xiezuo.settings import load_settings
from xiezuo.studio import Studio
from xiezuo.studio.composition import (
    SlotRequirements,
    memory_needed,
    model_store,
    slots_that_fit,
    slots_wanted,
)
from xiezuo.writing.model.outline import MODES


@pytest.mark.parametrize(
    ("modes", "documents", "certain", "most"),
    [
        (("careful",), 1, 1, 1), (("plain",), 1, 1, 1), (("draft",), 1, 4, 4), (MODES, 1, 1, 4),
        (("careful",), 3, 3, 3), (("draft",), 2, 4, 4), (("draft",), 6, 6, 6), (MODES, 2, 2, 4),
    ],
)  # fmt: skip
def test_modes_decide(modes: tuple, documents: int, certain: int, most: int):
    assert slots_wanted(modes, documents) == SlotRequirements(certain, most)


@pytest.fixture
def fitting(demo_model, monkeypatch: pytest.MonkeyPatch):
    """`fitting(wanted, slots, times)`: how many, with `times` the memory of `slots` free."""

    def started(wanted: SlotRequirements, slots: int, times: int) -> int:
        settings = load_settings()
        model = model_store(settings).locate(str(demo_model))
        free = memory_needed(model, settings.engine.context * slots, settings) * times
        monkeypatch.setattr(machine, "available_memory", lambda: free)
        return slots_that_fit(settings, model, wanted)

    return started


@pytest.mark.parametrize(("slots", "started"), [(0, 1), (1, 1), (3, 3), (4, 4), (9, 4)])
def test_slots_that_are_certain_may_take_all_memory(fitting, slots: int, started: int):
    assert fitting(SlotRequirements(4, 4), slots, 1) == started


@pytest.mark.parametrize(("slots", "started"), [(1, 1), (3, 3), (4, 4), (9, 4)])
def test_slots_that_are_only_possible_may_take_half_of_it(fitting, slots: int, started: int):
    assert fitting(SlotRequirements(1, 4), slots, 2) == started
    assert fitting(SlotRequirements(1, 4), min(slots, 4), 1) == 1


def test_a_number_that_was_configured_stands(demo_model):
    settings = load_settings(engine={"slots": 2})
    model = model_store(settings).locate(str(demo_model))
    assert slots_that_fit(settings, model, SlotRequirements(4, 4)) == 2


@pytest.mark.anyio
@pytest.mark.engine
@pytest.mark.parametrize(("modes", "slots"), [(None, 4), (("careful",), 1)])
async def test_a_studio_can_write_drafts_in_lanes(demo_model, modes: tuple | None, slots: int):
    settings = load_settings(model=str(demo_model))
    async with Studio(settings, **({"modes": modes} if modes else {})) as studio:
        assert studio.client.capabilities.slots == slots

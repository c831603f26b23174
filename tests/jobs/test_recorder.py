"""What a reader of the events sees is what is stored, whatever comes in between."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.replay import replay
from tests.support.waiting import until_async
from xiezuo.engine.sampling import preset
from xiezuo.errors import StaleSectionError
from xiezuo.jobs import recorder
from xiezuo.jobs.recorder import ProvenanceSource, Recorder, Repairs, RunProgress
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import Documents
from xiezuo.store.jobs import Jobs
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import (
    PlanReady,
    RepairTried,
    SectionFinished,
    SectionStarted,
    TextAdded,
    TextCut,
    TextReplaced,
    WritingEvent,
    as_json,
)
from xiezuo.writing.model.outline import Outline, requested_sections
from xiezuo.writing.section.writer import TokenCounts, WritingOptions

pytestmark = pytest.mark.anyio
ORIGIN = ProvenanceSource(
    "demo", WritingOptions(preset("article"), preset("rewrite"), seed=7, prompt_tokens=2000)
)


class SlowDocuments(Documents):
    """Takes its time to store, as a busy disk does."""

    seconds = 0.0
    begun = False

    def record(self, *arguments: Any, **more: Any) -> dict[int, int]:
        self.begun = True
        time.sleep(self.seconds)
        return super().record(*arguments, **more)


@pytest.fixture
def documents(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'xiezuo.sqlite'}")
    made = SlowDocuments(database)
    brief = Brief(task="Explain tea.", title="Tea", words=100, structure=["Leaf", "Cup"])
    made.create(brief, "draft", 1, "tea")
    plan = Outline(brief=brief, title="Tea", sections=requested_sections(brief))
    made.set_outline("tea", plan, as_json(PlanReady(plan, from_model=False)))
    Jobs(database).create("tea", "tea", 1, None)
    yield made
    database.close()


def following(
    documents: Documents, *steps: WritingEvent | float | Callable[[], object],
    repairs: Repairs | None = None,
):  # fmt: skip
    """A recorder that follows a writer which does `steps`; a number is a pause in seconds."""
    stored = documents.load("tea")
    manuscript = stored.manuscript()

    async def events() -> AsyncGenerator[WritingEvent]:
        for step in steps:
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif callable(step):
                await asyncio.to_thread(step)
            else:
                manuscript.apply(step)
                yield step

    async def check() -> None:
        """Nobody wants it to stop."""

    recorder = Recorder(
        stored, origin=ORIGIN, documents=documents,
        pace=RunProgress(TokenCounts(), time.monotonic(), 0), check=check,
        repairs=Repairs() if repairs is None else repairs,
    )  # fmt: skip
    return drained(recorder.follow(manuscript, events()))


async def drained(events: AsyncIterator[WritingEvent]) -> None:
    async for _ in events:
        pass


def what_readers_see(documents: Documents) -> dict[int, str]:
    """The texts, after checking that the events tell the same."""
    stored = {
        section.position: section.text for section in documents.load("tea").sections if section.text
    }
    seen = {at: text for at, text in replay(documents.events("tea")).items() if text}
    assert seen == stored
    return stored


async def test_text_is_stored_as_it_comes(documents: SlowDocuments):
    await following(
        documents,
        SectionStarted(0, 2, "Leaf", 50, resumed=False),
        TextAdded(0, "Tea is a leaf."),
        1.0,
        lambda: check(what_readers_see(documents) == {0: "Tea is a leaf."}),
        TextAdded(0, " It is dried."),
        SectionFinished(0, 6, "written"),
    )
    assert what_readers_see(documents) == {0: "Tea is a leaf. It is dried."}
    assert documents.load("tea").sections[0].state == "written"


async def test_repairs_are_counted_by_rule(documents: Documents):
    repairs = Repairs()
    await following(
        documents,
        RepairTried(0, "fix", ("FMT001",), 0, kept=True),
        RepairTried(0, "rewrite", ("REP001", "FMT001"), 20, kept=False),
        RepairTried(0, "fix", ("FMT001",), 0, kept=True),
        repairs=repairs,
    )
    assert repairs == {("FMT001", True): 2, ("FMT001", False): 1, ("REP001", False): 1}


async def test_revisions_say_who_or_what_made_them(documents: Documents):
    await following(
        documents,
        SectionStarted(0, 2, "Leaf", 50, resumed=False),
        TextAdded(0, "Tea  is a leaf.", 5),
        RepairTried(0, "fix", ("FMT001",), 0, kept=True, candidate="Tea is a leaf."),
        TextReplaced(0, "Tea is a leaf.", "fix"),
        RepairTried(0, "rewrite", ("REP001",), 9, kept=False, candidate="Worse."),
        RepairTried(0, "regenerate", ("CUT001",), 9, kept=False, candidate="Bad."),
        SectionFinished(0, 4, "written"),
    )
    kept = documents.revisions("tea", 0)
    told = [(one.text, one.author, one.provenance.rules, one.provenance.seed) for one in kept]
    assert told == [
        ("Tea  is a leaf.", "model", (), 7),
        ("Tea is a leaf.", "fixer", ("FMT001",), None),
        ("Worse.", "fixer", ("REP001",), 7),
        ("Tea is a leaf.", "fixer", ("FMT001",), None),
        ("Bad.", "fixer", ("CUT001",), 7),
        ("Tea is a leaf.", "fixer", ("FMT001",), None),
    ]
    written, fixed, rewritten, _, again, _ = [one.provenance for one in kept]
    assert written.model == rewritten.model == "demo"
    assert (fixed.model, fixed.sampling) == (None, None)
    heat = [one.sampling["temperature"] for one in (written, rewritten, again) if one.sampling]
    assert heat == [0.7, 0.5, pytest.approx(0.8)]


async def test_what_a_person_writes_over_is_kept_with_its_maker(documents: Documents):
    await following(
        documents,
        SectionStarted(0, 2, "Leaf", 50, resumed=False),
        TextAdded(0, "Tea is a leaf.", 5),
    )
    documents.edit("tea", 0, documents.load("tea").sections[0].version, "Mine.")
    documents.reset("tea", 0)
    told = [
        (revision.text, revision.author, revision.provenance.model)
        for revision in documents.revisions("tea", 0)
    ]
    assert told == [("Tea is a leaf.", "model", "demo"), ("Mine.", "person", None)]


async def test_text_that_was_added_and_cut_again_does_not_follow_an_edit(
    documents: SlowDocuments, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 0.1)
    with pytest.raises(StaleSectionError):
        await following(
            documents,
            SectionStarted(0, 2, "Leaf", 50, resumed=False),
            TextAdded(0, "Tea is a leaf."),
            0.3,
            lambda: documents.edit("tea", 0, documents.load("tea").sections[0].version, "Mine."),
            TextAdded(0, " Tea is a leaf."),
            TextCut(0, 14, "XR103"),
            0.3,
            TextAdded(1, "A cup."),
        )
    assert what_readers_see(documents) == {0: "Mine."}


async def test_after_an_edit_other_sections_are_not_stored_without_their_events(
    documents: SlowDocuments,
):
    with pytest.raises(StaleSectionError):
        await following(
            documents,
            SectionStarted(0, 2, "Leaf", 50, resumed=False),
            TextAdded(0, "Tea"),
            lambda: documents.edit("tea", 0, 0, "Mine."),
            TextAdded(1, "A cup"),
            SectionFinished(1, 2, "written"),
            TextAdded(1, " is round."),
        )
    assert what_readers_see(documents) == {0: "Mine."}


async def test_who_is_stopped_while_text_is_stored_stores_it_once(documents: SlowDocuments):
    documents.seconds = 0.3
    work = asyncio.create_task(
        following(
            documents,
            SectionStarted(0, 2, "Leaf", 50, resumed=False),
            TextAdded(0, "Tea is a leaf."),
            SectionFinished(0, 4, "written"),
            SectionStarted(1, 2, "Cup", 50, resumed=False),
            TextAdded(1, "A cup."),
            60.0,
        )
    )
    await until_async(lambda: documents.begun)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert what_readers_see(documents)[0] == "Tea is a leaf."


def check(sound: bool) -> None:
    assert sound

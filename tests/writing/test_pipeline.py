"""The pipeline: its stages, its reviewer, its sinks; one fold of its events into text."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted_server import llama_cpp
from tests.support.scripted_text import endless, prose
from tests.support.writing import OPTIONS, ROUTES
from xiezuo.engine.client import EngineClient
from xiezuo.engine.scripted import ScriptedEngine, scripted
from xiezuo.writing.files import FileSink, load_progress
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import (
    Finished,
    Notice,
    PlanReady,
    SectionFinished,
    SectionStarted,
    TextAdded,
    TextReplaced,
    WritingEvent,
    as_json,
)
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.review import Accept, EditOutline, EditSection, Regenerate, Stop

pytestmark = pytest.mark.anyio

BRIEF = Brief(task="Explain tea.", title="Tea", words=80, structure=["Leaf", "Cup"])
OPEN = Brief(task="Explain tea.", title="Tea", words=300)
OUTLINE = ["1. Soil\n2. Rain\n3. Sun"]
MINE = "My own words about tea, and nobody else's."


class Scripted:
    """A reviewer with scripted decisions, which then accepts everything it is shown."""

    def __init__(self, outline: list[Any] | None = None, sections: list[Any] | None = None) -> None:
        self._outline: Iterator[Any] = iter(outline or [])
        self._sections: Iterator[Any] = iter(sections or [])
        self.outlines: list[Outline] = []
        self.sections_seen: list[str] = []

    async def outline(self, plan: Outline) -> Any:
        self.outlines.append(plan)
        return next(self._outline, Accept())

    async def section(self, text: str) -> Any:
        self.sections_seen.append(text)
        return next(self._sections, Accept())


async def run(
    engine: ScriptedEngine,
    work: Brief | Outline | Manuscript = BRIEF,
    sink: Any = None,
    **more: Any,
) -> tuple[WritingPipeline, list[WritingEvent]]:
    """A pipeline after its run, and its events, which a reader of them folds to the same text."""
    async with EngineClient(engine.address, stall_seconds=5) as client:
        options = more.pop("options", OPTIONS)
        pipeline = WritingPipeline(work, client, options, **more)
        events = []
        seen: Manuscript | None = None
        async for event in pipeline.run(sink):
            events.append(event)
            if isinstance(event, PlanReady):
                seen = Manuscript(event.plan)
            elif seen is not None:
                seen.apply(event)
            assert seen is None or seen.text == pipeline.manuscript.text
    return pipeline, events


def kinds(events: list[WritingEvent], *left_out: type) -> list[str]:
    """The names of events, without those of text."""
    return [
        as_json(event)["event"] for event in events if not isinstance(event, (TextAdded, *left_out))
    ]


@pytest.mark.parametrize("mode", ["careful", "draft"])
async def test_from_a_brief_to_the_totals(mode: str):
    async with scripted(endless(), routes=ROUTES) as engine:
        pipeline, events = await run(engine, mode=mode)
    section = ["section_started", "section_finished"]
    assert kinds(events, TextReplaced) == ["plan_ready", *section, *section, "finished"]
    assert not pipeline.stopped
    total = events[-1]
    assert isinstance(total, Finished)
    assert total.words == pipeline.manuscript.words
    assert total.tokens >= sum(event.tokens for event in events if isinstance(event, TextAdded))


async def test_a_plain_text_is_folded_and_counted_as_any_other():
    async with scripted(["Tea is", " a leaf."], routes=ROUTES) as engine:
        pipeline, events = await run(engine, mode="plain", reviewer=Scripted([Stop()]))
    assert pipeline.manuscript.text == "Tea is a leaf.\n"
    assert kinds(events) == ["plan_ready", "finished"]
    assert (events[-1].words, events[-1].tokens, len(engine.requests)) == (4, 2, 1)


async def test_a_section_does_not_say_what_the_one_before_said():
    same = prose(6)
    async with scripted(lambda _: [same], lambda _: [same], endless(), routes=ROUTES) as engine:
        pipeline, _ = await run(engine)
    leaf, cup = pipeline.manuscript.parts
    assert leaf.text == same
    assert prose(1) not in cup.text


@pytest.mark.parametrize(
    ("work", "mode", "from_model"),
    [
        (OPEN, "careful", True), (BRIEF, "careful", False), (OPEN, "plain", False),
        (Outline(brief=OPEN, title="Tea", sections=(PlannedSection(heading="Leaf", words=40),)), "draft", False),
    ],
)  # fmt: skip
async def test_it_says_who_made_the_outline(work: Brief | Outline, mode: str, from_model: bool):
    replies = [OUTLINE, endless()] if from_model else [endless()]
    async with scripted(*replies, routes=ROUTES) as engine:
        _, events = await run(engine, work, mode=mode)
    (ready,) = [event for event in events if isinstance(event, PlanReady)]
    assert ready.from_model is from_model


@pytest.mark.parametrize(
    ("languages", "told"), [((), False), (("en",), False), (("zh",), True), (("zh", "en"), False)]
)
async def test_a_model_of_another_language_is_noticed_first(languages: tuple, told: bool):
    options = replace(OPTIONS, languages=languages)
    async with scripted(endless(), routes=ROUTES) as engine:
        _, events = await run(engine, options=options)
    assert isinstance(events[0], Notice) is told
    assert sum(isinstance(event, Notice) for event in events) == told
    if told:
        assert as_json(events[0]) == {
            "event": "notice",
            "message": "This model writes zh only; the brief asks for en, so expect nonsense.",
        }


class TestReview:
    async def test_a_section_is_written_again_until_it_is_taken(self):
        reviewer = Scripted(sections=[Regenerate(), Regenerate(), Accept()])
        async with scripted(endless(), routes=ROUTES) as engine:
            pipeline, events = await run(engine, reviewer=reviewer)
        first, second, third, cup = reviewer.sections_seen
        assert len({first, second, third, cup}) == 4
        assert [part.text for part in pipeline.manuscript.parts] == [third, cup]
        started = [event for event in events if isinstance(event, SectionStarted)]
        assert [(event.index, event.resumed) for event in started] == [(0, False)] * 3 + [
            (1, False)
        ]
        emptied = [
            event for event in events if isinstance(event, TextReplaced) and event.reason == "again"
        ]
        assert [(event.index, event.text) for event in emptied] == [(0, "")] * 2
        assert len({request["seed"] for request in engine.requests[:3]}) == 3
        assert events[-1].words == pipeline.manuscript.words
        assert events[-1].tokens > sum(len(text.split()) for text in (first, second, third, cup))

    async def test_what_was_thrown_away_may_be_said_again(self):
        """The guard cuts what stands elsewhere, not what stood in an earlier try."""
        same = prose(6)
        async with scripted(lambda _: [same], lambda _: [same], endless(), routes=ROUTES) as engine:
            reviewer = Scripted(sections=[Regenerate()])
            pipeline, _ = await run(engine, reviewer=reviewer)
        assert (
            reviewer.sections_seen[0]
            == reviewer.sections_seen[1]
            == pipeline.manuscript.parts[0].text
        )

    async def test_a_text_of_the_persons_own_is_final_and_seen_by_the_next_section(self):
        async with scripted(endless(), routes=ROUTES) as engine:
            reviewer = Scripted(sections=[EditSection(MINE)])
            pipeline, events = await run(engine, reviewer=reviewer)
        leaf, cup = pipeline.manuscript.parts
        assert (leaf.text, leaf.state, cup.state) == (MINE, "final", "written")
        assert TextReplaced(0, MINE, "person") in events
        assert SectionFinished(0, 8, "final") in events
        assert MINE in engine.requests[-1]["messages"][2]["content"]

    async def test_it_stops_without_totals_and_keeps_what_is_there(self):
        async with scripted(endless(), routes=ROUTES) as engine:
            pipeline, events = await run(engine, reviewer=Scripted(sections=[Stop()]))
        assert pipeline.stopped
        assert isinstance(events[-1], SectionFinished)
        assert [part.state for part in pipeline.manuscript.parts] == ["written", "planned"]

    async def test_a_draft_is_written_in_order(self):
        async with scripted(endless(), routes=ROUTES) as engine:
            reviewer = Scripted()
            pipeline, _ = await run(engine, mode="draft", reviewer=reviewer)
        assert reviewer.sections_seen == [part.text for part in pipeline.manuscript.parts]

    async def test_an_outline_is_made_again_in_part_and_edited(self):
        mine = Outline(brief=OPEN, title="Mine", sections=(PlannedSection(heading="A", words=40),))
        reviewer = Scripted([Regenerate(), Regenerate(1), EditOutline(mine), Accept()])
        replies = [OUTLINE], [["1. Leaf\n2. Pan\n3. Cup"]], [["1. Pot"]]
        async with scripted(*(reply[0] for reply in replies), endless(), routes=ROUTES) as engine:
            pipeline, events = await run(engine, OPEN, reviewer=reviewer)
        headings = [[section.heading for section in plan.sections] for plan in reviewer.outlines]
        assert headings == [
            ["Soil", "Rain", "Sun"],
            ["Leaf", "Pan", "Cup"],
            ["Leaf", "Pot", "Cup"],
            ["A"],
        ]
        assert events[0] == PlanReady(mine, from_model=False)
        assert pipeline.manuscript.outline == mine

    async def test_an_outline_that_is_not_wanted_ends_it_before_anything_is_kept(
        self, tmp_path: Path
    ):
        sink = FileSink(tmp_path / "tea.md", 1, "careful")
        async with scripted(routes=ROUTES) as engine:
            pipeline, events = await run(engine, sink=sink, reviewer=Scripted([Stop()]))
        assert (pipeline.stopped, events, list(tmp_path.iterdir())) == (True, [], [])

    async def test_a_document_that_goes_on_is_not_asked_for_its_outline(self):
        plan = Outline(
            brief=BRIEF, title="Tea", sections=(PlannedSection(heading="Leaf", words=40),)
        )
        reviewer = Scripted([Stop()])
        async with scripted(endless(), routes=ROUTES) as engine:
            _, events = await run(engine, Manuscript(plan), from_model=True, reviewer=reviewer)
        assert reviewer.outlines == []
        assert events[0] == PlanReady(plan, from_model=True)


class TestFileSink:
    async def test_the_file_is_the_manuscript_and_its_progress_goes_in_the_end(
        self, tmp_path: Path
    ):
        path = tmp_path / "tea.md"
        async with scripted(endless(), routes=ROUTES) as engine:
            pipeline, _ = await run(engine, sink=FileSink(path, 1, "careful"))
        assert path.read_text() == pipeline.manuscript.text
        assert [file.name for file in tmp_path.iterdir()] == ["tea.md"]

    async def test_progress_knows_what_stands_at_each_section(self, tmp_path: Path):
        path = tmp_path / "tea.md"
        noted: list[tuple[str, frozenset[int]]] = []
        sink = FileSink(path, 7, "careful")
        reviewer = Scripted(sections=[Regenerate(), Accept()])
        async with scripted(endless(), routes=ROUTES) as engine:
            async with EngineClient(engine.address) as client:
                pipeline = WritingPipeline(BRIEF, client, OPTIONS, reviewer=reviewer)
                async for event in pipeline.run(sink):
                    if isinstance(event, SectionStarted | SectionFinished):
                        progress = load_progress(path)
                        assert progress is not None
                        noted.append((type(event).__name__, progress.written))
        assert noted == [
            ("SectionStarted", frozenset()), ("SectionFinished", {0}),
            ("SectionStarted", frozenset()), ("SectionFinished", {0}),
            ("SectionStarted", {0}), ("SectionFinished", {0, 1}),
        ]  # fmt: skip

    async def test_left_early_it_has_saved_all_and_can_go_on(self, tmp_path: Path):
        path = tmp_path / "tea.md"
        async with scripted(OUTLINE, endless(), routes=ROUTES) as engine:
            async with EngineClient(engine.address) as client:
                pipeline = WritingPipeline(OPEN, client, OPTIONS)
                events: AsyncGenerator[WritingEvent] = pipeline.run(FileSink(path, 7, "careful"))
                async for event in events:
                    if isinstance(event, TextAdded):
                        break
                await events.aclose()
        assert path.read_text() == pipeline.manuscript.text
        progress = load_progress(path)
        assert progress is not None
        assert (progress.seed, progress.written, progress.from_model) == (7, frozenset(), True)


async def test_two_drafts_at_a_time_never_hold_one_slot():
    """Nor does one restore a prefix that the other saved."""
    saves: list[tuple[int, str]] = []
    held: list[tuple[int, str]] = []

    def note(number: int, body: dict[str, Any]) -> None:
        saves.append((number, body["filename"]))

    sound = endless()

    def reply(body: dict[str, Any]) -> list[Any]:
        task = "Coffee" if "coffee" in body["messages"][1]["content"] else "Tea"
        held.append((body["id_slot"], task))
        return [0.02, *sound(body)]

    def brief(drink: str) -> Brief:
        structure = [f"Part {number}" for number in range(5)]
        return Brief(task=f"Explain {drink}.", title=drink, words=200, structure=structure)

    async with scripted(reply, routes=llama_cpp(4, note)) as engine:
        async with EngineClient(engine.address) as client:
            pipelines = [
                WritingPipeline(brief(drink), client, OPTIONS, "draft")
                for drink in ("tea", "coffee")
            ]

            async def drain(pipeline: WritingPipeline) -> None:
                async for _ in pipeline.run():
                    pass

            await asyncio.gather(*map(drain, pipelines))
    for pipeline in pipelines:
        assert pipeline.manuscript.written == set(range(5))
    for number in range(4):
        owners = [task for slot, task in held if slot == number]
        assert owners == sorted(owners, key=owners.index), (number, owners)
    assert {slot for slot, _ in held} == {0, 1, 2, 3}
    assert saves == [(number, "prefix-0.kv") for number in range(4)] * 2

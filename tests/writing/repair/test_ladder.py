"""The repair ladder: each strategy's candidates, the choice, and what both cost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.scripted_text import endless, prose, tokens
from tests.support.writing import OPTIONS, ROUTES, plan
from xiezuo.engine import client as client_module
from xiezuo.engine.client import EngineClient
from xiezuo.engine.scripted import BREAK, ScriptedEngine, scripted
from xiezuo.markdown.words import count_words
from xiezuo.writing.model.candidate import REJECTED
from xiezuo.writing.model.events import (
    EngineRestarted,
    RepairTried,
    SectionFinished,
    TextReplaced,
    WritingEvent,
)
from xiezuo.writing.repair.ladder import RepairLadder, SectionCandidate, other
from xiezuo.writing.repair.score import score_section
from xiezuo.writing.section.buffer import SectionBuffer
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.writer import SectionTask, TokenCounts

pytestmark = pytest.mark.anyio

WORDS = 100
SOUND = prose(12)
OPEN = "The leaves are picked by hand early in the day and then they"
WHOLE = "The leaves are picked by hand early in the day and then they are steamed."
FAULTY = f"{SOUND}\n\n{OPEN}"


@dataclass
class Bench:
    """A repairer and the section it repairs."""

    engine: ScriptedEngine
    repairer: RepairLadder
    task: SectionTask
    tally: TokenCounts

    async def repair(self) -> list[WritingEvent]:
        return [event async for event in self.repairer.repair(self.task)]

    @property
    def text(self) -> str:
        return self.task.section.text


@asynccontextmanager
async def bench(body: str, *replies: Any, discarded: int = 0) -> AsyncGenerator[Bench]:
    outline = plan("Leaf", "Cup", words=5 * WORDS)
    async with (
        scripted(*replies, routes=ROUTES) as engine,
        EngineClient(engine.address, stall_seconds=5) as client,
    ):
        tally = TokenCounts(discarded=discarded)
        task = SectionTask(
            index=0,
            planned=outline.sections[0],
            words=WORDS,
            before="# Tea\n\n## Leaf",
            section=SectionBuffer("Leaf", body),
            window=ContextWindow(outline, client, OPTIONS.prompt_tokens),
            others=SentenceIndex(),
        )
        yield Bench(engine, RepairLadder(outline, client, OPTIONS, tally), task, tally)


def attempts(events: list[WritingEvent]) -> list[tuple[str, bool]]:
    return [(event.step, event.kept) for event in events if isinstance(event, RepairTried)]


async def test_a_sound_section_costs_nothing():
    async with bench(SOUND) as ladder:
        events = await ladder.repair()
    assert events == [SectionFinished(0, count_words(SOUND), "written")]
    assert (ladder.engine.requests, ladder.tally) == ([], TokenCounts())


async def test_a_fix_is_tried_before_the_model_is_asked():
    once = f"{WHOLE}\n\n{prose(10)}"
    async with bench(f"{once} {WHOLE}") as ladder:
        events = await ladder.repair()
    assert events[:2] == [
        RepairTried(0, "fix", (), 0, kept=True, candidate=once),
        TextReplaced(0, once, "fix"),
    ]
    assert (ladder.text, ladder.engine.requests) == (once, [])


async def test_a_passage_is_rewritten_and_its_tokens_count_as_discarded():
    async with bench(FAULTY, tokens(WHOLE)) as ladder:
        events = await ladder.repair()
    better, spent = f"{SOUND}\n\n{WHOLE}", len(tokens(WHOLE))
    assert events == [
        RepairTried(0, "rewrite", ("CUT001",), spent, kept=True, candidate=better),
        TextReplaced(0, better, "rewrite"),
        SectionFinished(0, count_words(better), "written"),
    ]
    assert ladder.text == better
    assert (ladder.tally.tokens, ladder.tally.discarded) == (spent, spent)


@pytest.mark.parametrize(
    "answer", ["Sure!", "Clouds drift over many distant and empty valleys here."]
)
async def test_an_answer_that_does_not_say_the_same_is_never_chosen(answer: str):
    """However good its score: it has no fault, but it is not the passage."""
    async with bench(FAULTY, tokens(answer)) as ladder:
        ladder.repairer.strategies = ladder.repairer.strategies[:1]
        events = await ladder.repair()
    assert attempts(events) == [("rewrite", False)]
    assert ladder.text == FAULTY
    assert isinstance(events[-1], SectionFinished)
    assert (events[-1].state, [fault.code for fault in events[-1].faults]) == (
        "needs_review",
        ["CUT001"],
    )


async def test_a_section_whose_passage_stays_faulty_is_written_again():
    async with bench(FAULTY, tokens(OPEN), tokens(OPEN), endless()) as ladder:
        events = await ladder.repair()
    assert attempts(events) == [("rewrite", False), ("rewrite", False), ("regenerate", True)]
    *_, tried, replaced, finished = events
    assert replaced == TextReplaced(0, ladder.text, "regenerate")
    assert tried == RepairTried(
        0, "regenerate", ("CUT001",), round(count_words(FAULTY) * 1.4), True, ladder.text
    )
    assert finished == SectionFinished(0, count_words(ladder.text), "written")
    assert OPEN not in ladder.text
    first, second, again = ladder.engine.requests
    assert first["messages"] == second["messages"]
    assert len({first["seed"], second["seed"], again["seed"]}) == 3  # or it would answer the same
    assert again["presence_penalty"] == other(OPTIONS.sampling).presence_penalty


async def test_the_first_text_stays_when_the_second_is_no_better():
    async with bench(FAULTY, tokens(OPEN), tokens(OPEN), []) as ladder:
        events = await ladder.repair()
    assert attempts(events)[-1] == ("regenerate", False)
    assert ladder.text == FAULTY
    assert isinstance(events[-1], SectionFinished)
    assert events[-1].state == "needs_review"


async def test_an_engine_that_restarts_meanwhile_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "RETRY_SECONDS", (0.0,) * 4)
    lost = [*tokens(prose(2)), 0.01, BREAK]
    async with bench(FAULTY, tokens(OPEN), tokens(OPEN), lost, endless()) as ladder:
        events = await ladder.repair()
    assert sum(isinstance(event, EngineRestarted) for event in events) == 1
    assert attempts(events)[-1] == ("regenerate", True)


async def test_nothing_is_asked_when_the_budget_is_spent():
    async with bench(FAULTY, discarded=400) as ladder:
        events = await ladder.repair()
    assert attempts(events) == []
    assert (ladder.text, ladder.engine.requests) == (FAULTY, [])


class TestSeveralCandidates:
    """A strategy may yield more than one candidate: the ladder takes the best of all."""

    @staticmethod
    def yielding(*bodies: tuple[str, float], seen: list[str] | None = None) -> Any:
        async def strategy(
            _: SectionTask, best: SectionCandidate
        ) -> AsyncGenerator[SectionCandidate | EngineRestarted]:
            if seen is not None:
                seen.append(best.body)
            for number, (body, score) in enumerate(bodies, start=1):
                yield SectionCandidate(
                    body=body,
                    score=score,
                    tokens=10 * number,
                    review=score_section(body, WORDS, "en"),
                    step="regenerate",
                    codes=("CUT001",),
                    replaced_tokens=number,
                )

        return strategy

    @pytest.mark.parametrize(
        ("scores", "kept", "chosen", "discarded"),
        [
            ((2.0, 1.0), [True, True], "second", 3),
            ((1.0, 2.0), [True, False], "first", 21),
            ((1.0, 1.0), [True, False], "first", 21),
            ((1000.0, 1.0), [False, True], "second", 12),
            ((REJECTED, 1000.0), [False, False], FAULTY, 30),
        ],
    )
    async def test_the_best_of_two_is_taken(
        self, scores: tuple[float, float], kept: list[bool], chosen: str, discarded: int
    ):
        seen: list[str] = []
        async with bench(FAULTY) as ladder:
            ladder.repairer.strategies = (
                self.yielding(*zip(("first", "second"), scores, strict=True)),
                self.yielding(seen=seen),
            )
            events = await ladder.repair()
        assert attempts(events) == [("regenerate", taken) for taken in kept]
        replaced = [event.text for event in events if isinstance(event, TextReplaced)]
        assert (replaced or [FAULTY])[-1] == ladder.text == chosen
        assert ladder.tally.discarded == discarded
        assert seen == [chosen]

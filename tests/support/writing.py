"""A document writer that asks a scripted engine."""

from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import WritingEvent
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Mode, Outline, PlannedSection
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.section.writer import WritingOptions

OPTIONS = WritingOptions(
    sampling=preset("article"), rewriting=preset("rewrite"), seed=1, prompt_tokens=100_000
)
VLLM = {"/v1/models": {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 200_000}]}}


def count(body: dict) -> dict:
    return {"tokens": list(range(len(body["prompt"].split())))}


ROUTES = {**VLLM, "/tokenize": count}


def plan(*headings: str, words: int = 20, title: str | None = "Tea") -> Outline:
    sections = tuple(PlannedSection(heading=heading, words=words) for heading in headings)
    return Outline(brief=Brief(task="Explain tea."), title=title, sections=sections)


async def write(
    engine: ScriptedEngine,
    plan: Outline,
    options: WritingOptions = OPTIONS,
    *,
    text: str = "",
    written: frozenset[int] = frozenset(),
    mode: Mode = "careful",
) -> tuple[str, list[WritingEvent]]:
    """The document after all, which a reader of the events sees too."""
    manuscript = Manuscript.read(plan, text, written)
    seen = Manuscript.read(plan, text, written)
    async with EngineClient(engine.address, stall_seconds=5) as client:
        pipeline = WritingPipeline(manuscript, client, options, mode)
        events = [event async for event in pipeline.sections()]
    for event in events:
        seen.apply(event)
    assert seen.text == manuscript.text
    return manuscript.text, events

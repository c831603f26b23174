"""Another text for one section, beside the one it has: to be compared, taken or left."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from xiezuo.engine.client import EngineClient
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.drafting import Options
from xiezuo.writing.events import WritingEvent
from xiezuo.writing.manuscript import Manuscript, Part
from xiezuo.writing.plan import PlannedSection

_LONGEST_INTENT = 500  # characters, as a brief's line


async def write_candidate(
    manuscript: Manuscript, index: int, engine: EngineClient, options: Options, instruction: str
) -> AsyncGenerator[WritingEvent]:
    """Write section `index` anew, as its document would: guarded, repaired, with what is before it.

    Args:
        manuscript: the document; it is not changed, and must not change meanwhile.
        index: of the section, from 0.
        engine: what generates.
        options: sampling and seed of this candidate.
        instruction: what this one should be like; is added to the section's intent.

    Raises:
        EngineError
    """
    planned = _with(manuscript.parts[index].planned, instruction)
    listed = manuscript.plan.sections
    sections = (*listed[:index], planned, *listed[index + 1 :])
    copy = Manuscript(manuscript.plan.model_copy(update={"sections": sections}))
    copy.preamble = manuscript.preamble
    copy.parts = [replace(one) for one in manuscript.parts]
    copy.parts[index] = Part(planned)
    async with aclosing(DocumentWriter(copy, engine, options).write({index})) as events:
        async for event in events:
            yield event


def _with(planned: PlannedSection, instruction: str) -> PlannedSection:
    wanted = " ".join(instruction.split())
    if not wanted:
        return planned
    intent = f"{planned.intent} {wanted}" if planned.intent else wanted
    return planned.model_copy(update={"intent": intent[:_LONGEST_INTENT]})

"""The mode `plain`: one call for the whole text, as in a chat program, without guard or repair.

It serves short answers and comparisons.
"""

from collections.abc import AsyncGenerator

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Message, Prefill
from xiezuo.writing import prompts
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import PREAMBLE, PromptRead, TextAdded, WritingEvent
from xiezuo.writing.model.outline import requested_sections
from xiezuo.writing.section.writer import SPARE_TOKENS, TOKENS_PER_WORD, TokenCounts, WritingOptions


async def answer_plainly(
    brief: Brief, engine: EngineClient, options: WritingOptions, tally: TokenCounts
) -> AsyncGenerator[WritingEvent]:
    """Ask once and stream the answer.

    Raises:
        EngineError: the text so far was yielded.
    """
    request = f"\n\n{prompts.document(brief, requested_sections(brief))}" if brief.structure else ""
    limit = brief.total_words * TOKENS_PER_WORD + SPARE_TOKENS
    if engine.capabilities.context is not None:
        limit = min(limit, engine.capabilities.context // 2)
    call = ChatRequest(
        messages=(
            Message("system", prompts.system(brief)),
            Message("user", prompts.brief(brief) + request),
        ),
        sampling=options.sampling,
        max_tokens=limit,
        seed=options.seed % 2**31,
    )
    async with engine.chat(call) as events:
        async for event in events:
            if isinstance(event, Prefill):
                if event.processed == event.total:
                    tally.prompt += event.total
                    tally.evaluated += event.total - event.cached
                yield PromptRead(event.processed, event.total, event.cached)
            elif isinstance(event, Delta):
                tally.tokens += 1
                yield TextAdded(PREAMBLE, event.text, 1)

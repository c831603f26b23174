"""`plain` mode: one call for the whole text, as any chat program does it. For short answers and for
comparison: nothing is watched, nothing is repaired.
"""

import time
from collections.abc import AsyncGenerator

from xiezuo.engine.client import EngineClient
from xiezuo.engine.messages import ChatRequest, Delta, Message, Prefill
from xiezuo.writing import prompts
from xiezuo.writing.drafting import SPARE_TOKENS, TOKENS_PER_WORD, Options
from xiezuo.writing.events import PREAMBLE, Finished, PromptRead, TextAdded, WritingEvent
from xiezuo.writing.manuscript import Manuscript
from xiezuo.writing.plan import requested_sections


async def write_plainly(
    manuscript: Manuscript, engine: EngineClient, options: Options
) -> AsyncGenerator[WritingEvent]:
    """Ask once and stream the answer.

    Raises:
        EngineError: what was written so far has been handed out.
    """
    brief = manuscript.plan.brief
    started = time.monotonic()
    request = f"\n\n{prompts.document(brief, requested_sections(brief))}" if brief.structure else ""
    limit = brief.total_words * TOKENS_PER_WORD + SPARE_TOKENS
    if engine.offer.context is not None:
        limit = min(limit, engine.offer.context // 2)
    call = ChatRequest(
        messages=(
            Message("system", prompts.system(brief)),
            Message("user", prompts.brief(brief) + request),
        ),
        sampling=options.sampling,
        max_tokens=limit,
        seed=options.seed % 2**31,
    )
    tokens = prompt = evaluated = 0
    async with engine.chat(call) as events:
        async for event in events:
            if isinstance(event, Prefill):
                prompt, evaluated = event.total, event.total - event.cached
                yield PromptRead(event.processed, event.total, event.cached)
            elif isinstance(event, Delta):
                tokens += 1
                added = TextAdded(PREAMBLE, event.text, 1)
                manuscript.apply(added)
                yield added
    yield Finished(
        words=manuscript.words,
        tokens=tokens,
        seconds=time.monotonic() - started,
        prompt_tokens=prompt,
        evaluated_tokens=evaluated,
    )

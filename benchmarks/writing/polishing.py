"""What a polish costs, against the rewrite of the whole text.

python benchmarks/writing/polishing.py [MODEL] [--texts FOLDER] [--share 0.1] [--seed 1]

One sentence in ten of each text is made faulty: in turn, one that was said before is said again,
and a paragraph gets a stock phrase in front. A rewrite of the text costs at least its tokens; a
polish costs what the model generates for its edits, those that came to nothing too. All edits are taken, and the faults counted
before and after.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, StreamEvent
from xiezuo.lint import Linter
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.edits import Edit, Edits
from xiezuo.markdown.words import language_of
from xiezuo.settings import load_settings
from xiezuo.studio import Studio
from xiezuo.writing.edit.polish import apply
from xiezuo.writing.model.brief import Brief

HERE = Path(__file__).parent
TEXTS = HERE.parents[1] / "tests" / "corpus" / "human" / "en"
OPENINGS = {
    "en": ["In today's fast-paced world, ", "Have you ever wondered about it? "],
    "zh": ["众所周知，", "随着社会的不断发展，"],
}
WATCHED = {"REP001", "REP002", "PAD002"}


class Meter:
    """Counts what a client generates from now on."""

    def __init__(self, client: EngineClient) -> None:
        self.tokens = 0
        self._chat = client.chat
        client.chat = self._counted

    @asynccontextmanager
    async def _counted(self, request: ChatRequest) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        async with self._chat(request) as events:
            yield self._counting(events)

    async def _counting(self, events: AsyncIterator[StreamEvent]) -> AsyncIterator[StreamEvent]:
        async for event in events:
            self.tokens += isinstance(event, Delta)
            yield event


def faulty(text: str, share: float, seed: int) -> tuple[str, int]:
    """The text with so many faults, and how many."""
    document, chance = MarkdownDocument(text), random.Random(seed)  # noqa: S311 - no secret
    openings = OPENINGS[language_of(text)]
    sentences = [
        sentence.span for sentence in document.sentences if len(sentence.span.of(text)) > 25
    ]
    paragraphs = [
        paragraph.span for section in document.sections for paragraph in section.paragraphs
    ]
    wanted = max(1, round(share * len(sentences)))
    edits: list[Edit] = []
    for at, span in enumerate(chance.sample(paragraphs[1:], min(wanted, len(paragraphs) - 1))):
        earlier = [sentence for sentence in sentences if sentence.end < span.start]
        if at % 2 and earlier:
            again = chance.choice(earlier).of(text)
            edits.append(Edit(span.end, span.end, f" {again}"))
        else:
            edits.append(Edit(span.start, span.start, chance.choice(openings)))
    return Edits(edits).apply(text), len(edits)


def count(text: str) -> int:
    return sum(one.code in WATCHED for one in Linter(chosen=["ALL"]).lint(text))


async def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", nargs="?", default="smollm2-135m-instruct")
    parser.add_argument("--texts", type=Path, default=TEXTS)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    spent = whole = before = after = injected = 0
    async with Studio(load_settings(model=chosen.model)) as studio:
        for path in sorted(chosen.texts.glob("*.md")):
            text, faults = faulty(path.read_text("utf-8"), chosen.share, chosen.seed)
            brief = Brief(task=path.stem, language=language_of(text))
            meter = Meter(studio.client)
            taken = [one async for one in studio.polish(text, brief, chosen.seed)]
            tokens = meter.tokens
            size = await studio.client.count_tokens(text)
            polished = apply(text, taken)
            found, left = count(text), count(polished)
            print(f"{path.stem:24} {tokens:5} of {size:6} tokens, faults {found} → {left}")
            spent, whole = spent + tokens, whole + size
            before, after, injected = before + found, after + left, injected + faults
    print(
        f"\npolish {spent} tokens, rewrite at least {whole}: {100 * spent / whole:.1f} % "
        f"(wanted ≤ 40 %); {injected} faults injected, {before} found before, {after} after"
    )
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

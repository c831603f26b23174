"""What the demo model writes when it is asked in one go: real faults for the linter's corpus.

python benchmarks/demo_texts.py MODEL.gguf [--into tests/corpus/demo]

One plain chat request for each brief of `examples/briefs`: task and headings as a user would type
them, the model's own sampling preset, up to 1,000 tokens, seed 1.
"""

import argparse
import asyncio
from pathlib import Path

from engines import running
from xiezuo import Brief, read_brief
from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Message
from xiezuo.engine.sampling import PRESETS

ROOT = Path(__file__).parents[1]
MOST_TOKENS = 1000


def prompt(brief: Brief) -> str:
    headings = "\n".join(f"## {section.heading}" for section in brief.structure)
    return (
        f"{brief.task}\n\nWrite about {brief.total_words} words in Markdown, "
        f"under these headings:\n\n{headings}"
    )


async def write(client: EngineClient, brief: Brief) -> str:
    request = ChatRequest(
        messages=(Message("user", prompt(brief)),),
        sampling=PRESETS["article"],
        max_tokens=MOST_TOKENS,
        seed=1,
    )
    async with client.chat(request) as events:
        return "".join([event.text async for event in events if isinstance(event, Delta)])


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--into", type=Path, default=ROOT / "tests" / "corpus" / "demo")
    given = parser.parse_args()
    given.into.mkdir(exist_ok=True)
    async with running(given.model) as engine, EngineClient(engine.address) as client:
        for path in sorted((ROOT / "examples" / "briefs").glob("*.yaml")):
            text = await write(client, read_brief(path))
            (given.into / f"{path.stem}.md").write_text(text, "utf-8")
            print(path.stem, len(text))


if __name__ == "__main__":
    asyncio.run(main())

"""Writes the briefs of a folder in each mode with one model and seed, and scores the documents.

python benchmarks/writing/run.py [MODEL] [--modes careful draft plain] [--briefs FOLDER]
    [--only NAME …] [--seed 1] [--out FOLDER]

The same program scores every mode. A document's length is right within 15 %. A duplicate sentence
has at least four words and stood before in the same words, code left out. Python blocks may fail
to parse only in sections that are marked "needs review".
"""

import argparse
import ast
import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from xiezuo.lint import Linter
from xiezuo.markdown.words import count_words
from xiezuo.settings import load_settings
from xiezuo.studio import Studio
from xiezuo.writing.model.brief import Brief, read_brief
from xiezuo.writing.model.events import Finished, PlanReady, SectionFinished
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import MODES, Mode

HERE = Path(__file__).parent
MARGIN = 0.15
CHATTER = Linter(chosen=["FMT010", "FMT011"])
PARSER = MarkdownIt("commonmark").enable("table")
SENTENCE = re.compile(r"[^.!?\n]+[.!?]+")


@dataclass
class Score:
    name: str
    mode: Mode
    headings: bool
    words: int
    wanted: int
    sentences: int
    duplicates: int
    tables_broken: int
    fence_open: bool
    chatter: int
    python: int
    python_unmarked: int
    review: int
    sections: int
    totals: Finished

    @property
    def long_enough(self) -> bool:
        return abs(self.words - self.wanted) <= MARGIN * self.wanted


def score(  # noqa: PLR0917 - what is scored, in the order of the line that is printed
    brief: Brief, mode: Mode, name: str, text: str, reviewed: set[str], end: Finished
) -> Score:
    tokens = PARSER.parse(text)
    inline = [token for token in tokens if token.type == "inline"]
    wanted = [one.heading for one in brief.structure]
    found = [
        following.content
        for one, following in pairwise(tokens)
        if one.type == "heading_open" and one.tag == "h2"
    ]
    prose = " \n".join(one.content for one in inline)
    sentences = [" ".join(one.lower().split()) for one in SENTENCE.findall(prose)]
    counts = Counter(sentence for sentence in sentences if count_words(sentence) >= 4)
    broken = unmarked = python = 0
    section = ""
    for one, following in pairwise(tokens):
        if one.type == "heading_open" and one.tag == "h2":
            section = following.content
        if one.type == "fence" and one.info.strip().lower() in {"python", "py", "python3"}:
            python += 1
            if not parses(one.content):
                broken += 1
                unmarked += section not in reviewed
    fences = [token for token in tokens if token.type == "fence" and token.map]
    lines = text.rstrip("\n").split("\n")
    still_open = any(
        fence.map[1] >= len(lines) and not lines[-1].strip().startswith(fence.markup)
        for fence in fences
        if fence.map
    )
    paragraphs = [one.content for one in inline]
    stray = sum(1 for paragraph in paragraphs if re.search(r"^\|.*\|\s*$", paragraph, re.MULTILINE))
    return Score(
        name, mode, found == wanted, count_words(text), brief.total_words, sum(counts.values()),
        sum(count - 1 for count in counts.values()), stray, still_open, len(CHATTER.lint(text)),
        python, unmarked, len(reviewed), len(wanted), end,
    )  # fmt: skip


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


async def write(studio: Studio, path: Path, mode: Mode, seed: int, out: Path) -> Score:
    brief = read_brief(path)
    manuscript: Manuscript | None = None
    reviewed: set[str] = set()
    async for event in studio.write(brief, mode=mode, seed=seed):
        if isinstance(event, PlanReady):
            manuscript = Manuscript(event.plan)
        assert manuscript is not None
        manuscript.apply(event)
        if isinstance(event, SectionFinished) and event.state == "needs_review":
            reviewed.add(manuscript.parts[event.index].planned.heading)
        if isinstance(event, Finished):
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{path.stem}.{mode}.md").write_text(manuscript.text, "utf-8")
            return score(brief, mode, path.stem, manuscript.text, reviewed, event)
    raise AssertionError("no end")


def report(scores: list[Score]) -> None:
    for one in scores:
        spent = one.totals
        print(
            f"{one.name:18} {one.mode:8} headings {'yes' if one.headings else 'NO ':3} "
            f"words {one.words}/{one.wanted} ({one.words / one.wanted - 1:+.0%}) "
            f"duplicates {one.duplicates}/{one.sentences} tables broken {one.tables_broken} "
            f"fence open {int(one.fence_open)} chatter {one.chatter} "
            f"python unparsed {one.python_unmarked}/{one.python} review {one.review}/{one.sections} "
            f"repair {spent.repair_tokens / max(1, spent.tokens):.0%} {spent.seconds:.0f} s"
        )
    print("\n| what | wanted | " + " | ".join(modes := sorted({one.mode for one in scores})) + " |")
    print("| --- | --- |" + " --- |" * len(modes))
    rows: dict[str, tuple[str, Callable[[list[Score]], str]]] = {
        "every heading, in order": ("100 %", lambda all_: share(one.headings for one in all_)),
        "length within ±15 %": ("≥ 90 %", lambda all_: share(one.long_enough for one in all_)),
        "duplicate sentences": ("≤ 1 %", lambda all_: percent(
            sum(one.duplicates for one in all_), sum(one.sentences for one in all_))),
        "most in one document": ("", lambda all_: percent(*max(
            ((one.duplicates, one.sentences) for one in all_), key=lambda pair: pair[0] / max(1, pair[1])))),
        "tables that do not render": ("0", lambda all_: str(sum(one.tables_broken for one in all_))),
        "fences left open": ("0", lambda all_: str(sum(one.fence_open for one in all_))),
        "chatter, control text": ("0", lambda all_: str(sum(one.chatter for one in all_))),
        "Python blocks": ("", lambda all_: str(sum(one.python for one in all_))),
        "unparsed and not marked": ("0", lambda all_: str(sum(one.python_unmarked for one in all_))),
        "sections marked for review": ("", lambda all_: percent(
            sum(one.review for one in all_), sum(one.sections for one in all_))),
        "tokens for repairs": ("≤ 35 %", lambda all_: percent(
            sum(one.totals.repair_tokens for one in all_), sum(one.totals.tokens for one in all_))),
        "prompt tokens evaluated": ("≤ 25 %", lambda all_: percent(
            sum(one.totals.evaluated_tokens for one in all_), sum(one.totals.prompt_tokens for one in all_))),
        "seconds": ("", lambda all_: f"{sum(one.totals.seconds for one in all_):.0f}"),
    }  # fmt: skip
    for name, (wanted, measure) in rows.items():
        cells = [measure([one for one in scores if one.mode == mode]) for mode in modes]
        print(f"| {name} | {wanted} | " + " | ".join(cells) + " |")


def share(flags: Iterable[bool]) -> str:
    known = list(flags)
    return f"{sum(known)} of {len(known)}"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


async def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", nargs="?", default="smollm2-135m-instruct")
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--briefs", type=Path, default=HERE / "briefs")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path("written"))
    chosen = parser.parse_args()
    scores: list[Score] = []
    for mode in chosen.modes:
        engine = {"slots": chosen.slots if mode == "draft" else 1}
        async with Studio(load_settings(model=chosen.model, engine=engine)) as studio:
            for path in sorted(chosen.briefs.glob("*.yaml")):
                if not chosen.only or path.stem in chosen.only:
                    scores.append(await write(studio, path, mode, chosen.seed, chosen.out))
                    print(".", end="", file=sys.stderr, flush=True)
    report(scores)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Detection of near-duplicate passages, in time linear in their length.

Passages are compared by their shingles (runs of words or characters, Broder 1997), found through an
inverted index; a shingle that very many passages share is a formula and is ignored.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, compress

from xiezuo.lint.context import LintContext, Shingles
from xiezuo.markdown.blocks import TextBlock

_WORD = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]")
_RUN_EN, _RUN_ZH = 4, 5  # words, characters in one shingle
_COMMON = 12  # passages that may share a shingle; beyond that it is a formula
_SAMPLED_FROM = 100_000  # characters of a document from which shingles are sampled
_SAMPLING = 4  # one word in four, by its hash


def shingles(text: str, *, sampled: bool = False) -> Shingles:
    """Hashes of the word runs (a Han character counts as a word) in `text`.

    Sampling selects runs by their first word, so a run is kept or dropped in every passage alike.
    """
    tokens = _WORD.findall(text.lower())
    han = 0 if text.isascii() else sum(1 for word in tokens if not word.isascii())
    size = _RUN_ZH if han * 2 > len(tokens) else _RUN_EN
    runs: Iterable[tuple[str, ...]] = zip(*(tokens[at:] for at in range(size)), strict=False)
    return frozenset(map(hash, compress(runs, map(_is_kept, tokens)) if sampled else runs))


@lru_cache(maxsize=65536)
def _is_kept(word: str) -> bool:
    return sum(map(ord, word)) % _SAMPLING == 0


def block_shingles(context: LintContext, block: TextBlock) -> Shingles:
    """The shingles of one paragraph, computed once per document."""
    known = context.shingles.get(block)
    if known is None:
        sampled = len(context.source) > _SAMPLED_FROM
        known = context.shingles[block] = shingles(block.shown, sampled=sampled)
    return known


def overlaps(passages: Sequence[Shingles], least: float) -> Iterator[tuple[int, int, float]]:
    """For each passage, the earlier passage it shares most with: (earlier, later, share).

    The share is relative to the smaller passage's shingles; shares below `least` are omitted.
    """
    counts = Counter(chain.from_iterable(passages))
    places: defaultdict[int, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        shared: defaultdict[int, int] = defaultdict(int)
        for shingle in passage:
            if 1 < counts[shingle] <= _COMMON:
                earlier = places[shingle]
                for other in earlier:
                    shared[other] += 1
                earlier.append(number)
        shares = [
            (count / max(1, min(len(passage), len(passages[other]))), -other)
            for other, count in shared.items()
        ]
        if shares and max(shares)[0] >= least:
            share, other = max(shares)
            yield -other, number, share

"""Which of many passages say nearly the same, in time linear in their length.

Passages are compared by their shingles (runs of words or characters, Broder 1997), found through an
inverted index; a shingle that very many passages share says nothing and is left out.
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
_COMMON = 12  # passages that may share a shingle before it counts as a formula
_SAMPLED_FROM = 100_000  # characters of a document from which only a part of the shingles is kept
_KEPT = 4  # one in so many


def shingles(text: str, *, sampled: bool = False) -> Shingles:
    """The runs of words (Han characters count as words) in `text`.

    When sampled, those whose first word is kept: the same run is kept or dropped everywhere.
    """
    found = _WORD.findall(text.lower())
    han = 0 if text.isascii() else sum(1 for word in found if not word.isascii())
    size = _RUN_ZH if han * 2 > len(found) else _RUN_EN
    runs: Iterable[tuple[str, ...]] = zip(*(found[at:] for at in range(size)), strict=False)
    return frozenset(map(hash, compress(runs, map(_is_kept, found)) if sampled else runs))


@lru_cache(maxsize=65536)
def _is_kept(word: str) -> bool:
    return sum(map(ord, word)) % _KEPT == 0


def block_shingles(page: LintContext, block: TextBlock) -> Shingles:
    """The shingles of one paragraph, computed once for a page."""
    known = page.shingles.get(block)
    if known is None:
        sampled = len(page.source) > _SAMPLED_FROM
        known = page.shingles[block] = shingles(block.shown, sampled=sampled)
    return known


def overlaps(passages: Sequence[Shingles], least: float) -> Iterator[tuple[int, int, float]]:
    """For each passage the earlier one it shares most with: (earlier, later, share).

    The share is of the smaller passage's shingles, and at least `least`.
    """
    counts = Counter(chain.from_iterable(passages))
    places: defaultdict[int, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        shared: defaultdict[int, int] = defaultdict(int)
        for one in passage:
            if 1 < counts[one] <= _COMMON:
                earlier = places[one]
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

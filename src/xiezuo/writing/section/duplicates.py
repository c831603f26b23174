"""The sentences of a document, to be compared with each new one."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from xiezuo.lint.detectors.similarity import Shingles, shingles
from xiezuo.markdown.fences import FENCED_BLOCK
from xiezuo.markdown.sentences import SENTENCE_EDGES, UNIT_END
from xiezuo.markdown.words import count_words

SHORTEST = 4  # words of a sentence that can count as a repetition
_NEAR_WORDS = 9  # words of a sentence that is compared by runs of words
_NEAR = 0.75  # of its runs of words that one earlier sentence shares
_MARKERS = re.compile(r"^[\s>*+#-]*(?:\d+[.)、]\s*)?")
_EDGES = SENTENCE_EDGES + "`"
_SPACE = re.compile(r"\s+")


def sentence_key(sentence: str) -> str:
    """The sentence without list markers, case and outer punctuation."""
    return _SPACE.sub(" ", _MARKERS.sub("", sentence).strip(_EDGES)).lower()


class SentenceIndex:
    """Remembers sentences and finds repetitions of them."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._runs: dict[int, list[int]] = {}  # a run of words → the sentences that contain it
        self._count = 0

    def add(self, body: str) -> None:
        """Remember the sentences of a section."""
        for sentence in sentences(body):
            self._keys.add(sentence_key(sentence))
            self._count += 1
            for run in shingles(sentence):
                self._runs.setdefault(run, []).append(self._count)

    def contains(self, sentence: str) -> bool:
        """Whether it repeats a remembered sentence exactly or nearly."""
        words = count_words(sentence)
        if words < SHORTEST:
            return False
        if sentence_key(sentence) in self._keys:
            return True
        runs: Shingles = shingles(sentence) if words >= _NEAR_WORDS else frozenset()
        shared = Counter(chain.from_iterable(self._runs.get(run, ()) for run in runs))
        return bool(shared) and max(shared.values()) >= _NEAR * len(runs)


def sentences(body: str) -> Iterator[str]:
    """Sentences and lines of Markdown outside code, without tables and headings; cheap."""
    start = 0
    text = FENCED_BLOCK.sub("\n", body)
    for end in UNIT_END.finditer(text + "\n"):
        sentence = text[start : end.end()].strip()
        start = end.end()
        if sentence and not sentence.startswith(("|", "#")):
            yield sentence

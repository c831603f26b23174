"""Patterns of sentence ends in Chinese, English and mixed text, and a sentence splitter."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from xiezuo.markdown.inline import HIDDEN, OBJECT

# White space and punctuation to strip when sentences are compared.
SENTENCE_EDGES = " \t\n*_\"'“”‘’()（）[].。!！?？…,，;；:："

# The end of a text that ends with a complete sentence, with closing quotes and Markdown markers.
ENDS_SENTENCE = re.compile(r"[.!?。！？…][\"'”’)\]）】」』*_`]*$")

# The end of a sentence in plain text: half-width marks need white space or Chinese after them.
SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]）】」』]*(?=\s|$|[^\x00-\x7f])")

# The end of a sentence or of a line, in Markdown that is still being written.
UNIT_END = re.compile(r"[.!?]+[\"'”’)\]*_`]*(?=\s)|[。！？…]+[”’」』）)*_]*|\n")

# Like SENTENCE_END, for prose whose code and markup are masked (see `Inline`).
_MASKED_END = re.compile(
    rf"(?:[。！？!?…]+|\.+)[\"'”’」』）)\]*_{HIDDEN}]*(?=\s|$)|[。！？]+[”’」』）{HIDDEN}]*"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|al|ca|approx|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|No|Nos|Fig|Eq|Sec|Ch|"
    r"pp|Vol|Inc|Ltd|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|(?:^|[\s(])[A-Za-z]|"
    r"^\s*\d{1,3})\.$"
)
_LOOK_BACK = 12  # characters; longer than any abbreviation above
_SPACE = re.compile(r"\s+")


class SentenceSpan(NamedTuple):
    """A sentence of masked prose.

    Attributes:
        start, end: offsets in the prose.
        text: the text as a reader sees it, white space collapsed.
        ended: whether a final mark closes it.
    """

    start: int
    end: int
    text: str
    ended: bool


def split_sentences(prose: str) -> Iterator[SentenceSpan]:
    """The sentences of masked prose in order; those without visible text are left out."""
    start = 0
    for mark in _MASKED_END.finditer(prose):
        if mark[0][0] == "." and _is_abbreviation(prose, mark):
            continue
        yield from _sentence(prose, start, mark.end(), ended=True)
        start = mark.end()
    yield from _sentence(prose, start, len(prose), ended=False)


def _is_abbreviation(prose: str, end: re.Match[str]) -> bool:
    dot = end.start() + 1
    if dot == len(prose):
        return False
    return bool(_ABBREVIATION.search(prose[max(0, dot - _LOOK_BACK) : dot]))


def _sentence(prose: str, start: int, end: int, *, ended: bool) -> Iterator[SentenceSpan]:
    raw = prose[start:end]
    text = raw.strip()
    if HIDDEN in text or OBJECT in text:
        text = text.replace(HIDDEN, "").replace(OBJECT, "").strip()
    if "\n" in text or "  " in text:
        text = _SPACE.sub(" ", text)
    if not text:
        return
    lead = len(raw) - len(raw.lstrip())
    tail = len(raw) - len(raw.rstrip())
    yield SentenceSpan(start + lead, end - tail, text, ended)

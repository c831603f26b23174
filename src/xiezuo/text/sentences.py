"""Sentences of Chinese, English and mixed paragraphs."""

import re
from dataclasses import dataclass
from functools import cached_property

from xiezuo.text.blocks import TextBlock
from xiezuo.text.inline import HIDDEN, OBJECT
from xiezuo.text.span import Span
from xiezuo.text.words import count_words

# Where a sentence may end: full-width marks anywhere, half-width ones before white space.
_END = re.compile(
    rf"(?:[。！？!?…]+|\.+)[\"'”’」』）)\]*_{HIDDEN}]*(?=\s|$)|[。！？]+[”’」』）{HIDDEN}]*"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|al|ca|approx|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|No|Nos|Fig|Eq|Sec|Ch|"
    r"pp|Vol|Inc|Ltd|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|(?:^|[\s(])[A-Za-z]|"
    r"^\s*\d{1,3})\.$"
)
_LOOK_BACK = 12  # characters; longer than any abbreviation above
_SPACE = re.compile(r"\s+")
_EDGES = " \t\n*_\"'“”‘’()（）[].。!！?？…,，;；:："


@dataclass(frozen=True)
class Sentence:
    """A sentence.

    Attributes:
        block: the paragraph it stands in.
        start, end: its characters in the paragraph's content.
        text: the words as a reader sees them, white space collapsed.
        ended: whether a final mark closes it.
    """

    block: TextBlock
    start: int
    end: int
    text: str
    ended: bool

    @property
    def span(self) -> Span:
        return self.block.spot(self.start, self.end)

    @cached_property
    def key(self) -> str:
        """The sentence in lower case, code and formulas too, without marks around it."""
        return self.block.content[self.start : self.end].lower().strip(_EDGES)

    @cached_property
    def words(self) -> int:
        return count_words(self.text)


def sentences_in(block: TextBlock) -> list[Sentence]:
    """The sentences of a paragraph, in order."""
    if block.known_sentences is None:
        block.known_sentences = _split(block)
    return block.known_sentences


def _split(block: TextBlock) -> list[Sentence]:
    prose = block.prose
    found: list[Sentence] = []
    start = 0
    for end in _END.finditer(prose):
        if end[0][0] == "." and _is_abbreviation(prose, end):
            continue
        _add(found, block, start, end.end(), ended=True)
        start = end.end()
    _add(found, block, start, len(prose), ended=False)
    return found


def _is_abbreviation(prose: str, end: re.Match[str]) -> bool:
    dot = end.start() + 1
    if dot == len(prose):
        return False
    return bool(_ABBREVIATION.search(prose[max(0, dot - _LOOK_BACK) : dot]))


def _add(found: list[Sentence], block: TextBlock, start: int, end: int, *, ended: bool) -> None:
    raw = block.prose[start:end]
    text = raw.strip()
    if HIDDEN in text or OBJECT in text:
        text = text.replace(HIDDEN, "").replace(OBJECT, "").strip()
    if "\n" in text or "  " in text:
        text = _SPACE.sub(" ", text)
    if not text:
        return
    lead = len(raw) - len(raw.lstrip())
    tail = len(raw) - len(raw.rstrip())
    found.append(Sentence(block, start + lead, end - tail, text, ended))

"""Watches one section while it streams: continue, or go back to the last good sentence.

A pure state machine over text: no engine, no clock. Sampler penalties alone do not end a loop
(they forbid words, not behaviour), so faulty text is cut and written again.
"""

import re
from dataclasses import dataclass

from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.lint.rules.cut009 import is_placeholder
from xiezuo.lint.stream import LintStream
from xiezuo.markdown.fences import OPENING_FENCE
from xiezuo.markdown.sentences import UNIT_END
from xiezuo.markdown.words import TextLanguage, count_ideographs, count_words
from xiezuo.writing.section.duplicates import SentenceIndex, sentences

_HEADER = re.compile(r"\|(?:[^|\n]+\|){2,}\s*")
_FOREIGN = re.compile(
    r"[\u0400-\u04ff]{3,}|[\u0590-\u06ff]{3,}|[\u0e00-\u0e7f]{3,}|[\uac00-\ud7af]{2,}|[\u3040-\u30ff]{3,}"
)
_OFFER = re.compile(
    r"\b(?:as an ai\b|would you like me to\b|do you want me to\b|i(?:'|’)m sorry,? (?:but )?i|"
    r"i (?:can(?:no|')?t|am unable to) (?:assist|help|provide|fulfil|write|generate|complete)|"
    r"let me know if you(?:'d| would| need| have| want)|feel free to ask)"
    r"|\((?:about|约) ?\d+ ?(?:words?|字)\)|^\W*\d+[- ]words? (?:paragraph|section|essay|article)"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|(?:抱歉|对不起)，?我(?:不能|无法)|需要我(?:继续|为您|帮您)",
    re.IGNORECASE,
)
_LONGEST_OFFER = 60  # words; a longer sentence also has content
_BROKEN = "\ufffd"
_LATIN_RUN = 8  # Latin words in a row, in a Chinese text
_HAN_RUN = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff，、：；]{5,}")
_LONGEST_LINE = 1500  # characters without the end of a sentence
_MARKERS_ONLY = re.compile(r"(?:\s*(?:\d{1,3}[.)）、]+|[-*+](?=\s)))+\s*")
_MOST_MARKERS = 1  # units without text in a row; the marker of an item with text is one such unit
TABLE = "table"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Go back to the first `length` characters; `reason` is the code of the rule that was broken.

    The reason `TABLE` is not a fault: a table's header is complete, and its rows can be requested.
    """

    length: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    text: str


class Guard:
    """Judges each sentence and line of a section's text once, as soon as it is complete.

    Args:
        language: of the document.
        others: the sentences of other sections.
        text: the section's text so far, which is not judged.
        tables: give a verdict on a table's header, because its rows can be requested.

    Attributes:
        good: the offset where the last sound sentence ends.
    """

    def __init__(
        self, language: TextLanguage, others: SentenceIndex, text: str = "", *, tables: bool = True
    ) -> None:
        self._language = language
        self._others = others
        self._tables = tables
        self.reset(text)
        self.good = _last_end(text)

    def reset(self, text: str) -> None:
        """Restart from `text`, which was cut back."""
        self._stream = LintStream()
        self._stream.feed(text)
        self._seen = self._at = self.good = len(text)
        self._fence = self._stream.fence
        self._own = SentenceIndex()
        self._own.add(text)
        self._markers: list[int] = []

    def look(self, text: str) -> Verdict | None:
        """Judge the part of `text` that is new since the last call."""
        self._at = min(self._at, len(text))  # trailing white space may have become shorter
        fresh, self._seen = text[self._seen :], len(text)
        for diagnostic in self._stream.feed(fresh):
            if diagnostic.code == "REP004":
                return Verdict(_last_end(text[: diagnostic.span.start]), diagnostic.code)
            if diagnostic.code == "FMT011":
                return Verdict(diagnostic.span.start, diagnostic.code)
        while (unit := self._next(text)) is not None:
            verdict = self._judge(text, unit)
            if verdict is not None:
                return verdict
            self.good = unit.end
        if len(text) - self._at > _LONGEST_LINE and not self._fence:
            return Verdict(self.good, "CUT001")
        return None

    def finish(self, text: str) -> Verdict | None:
        """Judge the rest as if it were complete, after the model stopped."""
        if verdict := self.look(text):
            return verdict
        rest = text[self._at :]
        if rest.strip() and not self._fence:
            verdict = self._judge(text, _Unit(self._at, len(text), rest))
            if verdict is not None:
                return verdict
            self._at = len(text)
            self.good = max(self.good, _last_end(text))
        last = list(sentences(text))[-1:]
        if last and is_chatter(last[0], opening=False) and not self._fence:
            return Verdict(text.rstrip().rfind(last[0]), "FMT010")
        return None

    def _next(self, text: str) -> _Unit | None:
        """The next complete sentence or line of prose; code is skipped."""
        while True:
            start = self._at
            new_line = start == 0 or text[start - 1] == "\n"
            fence = OPENING_FENCE.match(text, start) if new_line else None
            if self._fence or fence or (new_line and text.startswith(("#", "|"), start)):
                end = text.find("\n", start)
                if end < 0:
                    return None
                self._at = end + 1
                if fence and not self._fence:
                    self._fence = fence[1]
                elif fence and fence[1].startswith(self._fence):
                    self._fence = ""
                if not self._fence and not fence:
                    return _Unit(start, end + 1, text[start:end])
                if not self._fence:
                    self.good = self._at
                continue
            end_match = UNIT_END.search(text, start)
            if end_match is None:
                return None
            end = self._at = end_match.end()
            if text[start:end].strip():
                return _Unit(start, end, text[start:end])

    def _judge(self, text: str, unit: _Unit) -> Verdict | None:
        if unit.text.startswith("|"):
            return self._judge_row(text, unit)
        if unit.text.startswith("#"):
            foreign = self._changes_language(unit.text)
            return Verdict(unit.start, "FMT015") if foreign else None
        reason = self._fault(text, unit)
        markers = _MARKERS_ONLY.fullmatch(unit.text)
        self._markers = [*self._markers, unit.start] if markers else []
        if len(self._markers) > _MOST_MARKERS:
            return Verdict(self._markers[0], "CUT011")
        if reason is None:
            self._own.add(unit.text)
            return None
        return Verdict(unit.start, reason)

    def _judge_row(self, text: str, unit: _Unit) -> Verdict | None:
        begins = unit.start == 0 or text.endswith("\n\n", 0, unit.start)
        if self._tables and begins and _HEADER.fullmatch(unit.text):
            return Verdict(unit.end, TABLE)
        if f"\n{unit.text}\n" in text[: unit.start] and unit.text.strip("|-: "):
            return Verdict(unit.start, "REP001")
        return None

    def _fault(self, text: str, unit: _Unit) -> str | None:
        """The code of the first rule that a sentence breaks."""
        sentence = unit.text.strip()
        opening = not text[: unit.start].strip() and is_chatter(sentence, opening=True)
        offer = _OFFER.search(sentence) is not None and count_words(sentence) < _LONGEST_OFFER
        broken = {
            "FMT019": _BROKEN in sentence,
            "FMT010": offer or opening,
            "CUT009": is_placeholder(sentence),
            "FMT015": self._changes_language(sentence),
            "REP001": self._own.contains(sentence) or self._others.contains(sentence),
        }
        return next((code for code, is_broken in broken.items() if is_broken), None)

    def _changes_language(self, sentence: str) -> bool:
        if _FOREIGN.search(sentence):
            return True
        if self._language == "en":
            return _HAN_RUN.search(sentence) is not None
        return count_ideographs(sentence) == 0 and count_words(sentence) >= _LATIN_RUN


def _last_end(text: str) -> int:
    """The offset where the last complete sentence or line of `text` ends."""
    ends = [match.end() for match in UNIT_END.finditer(f"{text}\n") if match.end() <= len(text)]
    return ends[-1] if ends else 0

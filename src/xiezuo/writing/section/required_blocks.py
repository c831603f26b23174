"""Code blocks and tables inside a section: what is missing, what is open, which grammar holds."""

import re

from xiezuo.markdown.fences import FENCE_LINE
from xiezuo.markdown.sentences import ENDS_SENTENCE
from xiezuo.markdown.words import count_words
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import PlannedSection
from xiezuo.writing.section.block_requests import block_requests, code_language

MOST_ROWS = 8
_PROSE_FIRST = 0.55  # of a section, before the block it must contain is opened
_CODE_SHARE = 0.6  # of the target length that a code block may take
_LEAST_CODE = 40  # words
_MOST_LINES = 40
_ROW = re.compile(r"\|.*\|\s*")
_DELIMITER = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_WHOLE_LINE = re.compile(r"\s*(?:[-*+]\s|\d+[.)、]\s|\||`{3,}|~{3,}|>)")
_EMPTY_ITEM = re.compile(r"\s*(?:[-*+|]|\d+[.)、])\s*")

_CELL = r"cell ::= [^|\n\\` -] [^|\n\\`]{0,48}"


class RequiredBlocks:
    """Follows the blocks of one section.

    Attributes:
        row_tokens: what a call that writes rows may cost.
    """

    row_tokens = 240

    def __init__(self, brief: Brief, planned: PlannedSection, text: str) -> None:
        self._language = code_language(brief, planned)
        self._words = planned.words
        self._open = set(block_requests(planned))
        self._look(text)

    def _look(self, text: str) -> None:
        if FENCE_LINE.search(text):
            self._open.discard("code")
        if "\n|-" in text or "\n| -" in text:
            self._open.discard("table")

    @property
    def share(self) -> float:
        """How much of the target length may be written before a missing block is opened."""
        return _PROSE_FIRST if self._open else 1.0

    def missing(self) -> str | None:
        """How the next block that must be there begins."""
        if "table" in self._open:
            self._open.discard("table")
            return "| "
        if "code" in self._open:
            self._open.discard("code")
            return f"```{self._language}\n"
        return None

    def grammar(self, text: str) -> str | None:
        """GBNF for what may follow: a table's header or its rows; none for anything else."""
        self._look(text)
        last = text.rpartition("\n")[2]
        if last == "|":
            return f'root ::= " "? cell (" | " cell){{1,4}} " |\\n"\n{_CELL}'
        if _DELIMITER.fullmatch(last):
            columns = last.count("|") - 1
            cells = ' " | " '.join(["cell"] * columns)
            return f'root ::= "\\n"? row{{2,{MOST_ROWS}}}\nrow ::= "| " {cells} " |\\n"\n{_CELL}'
        return None

    @staticmethod
    def delimiter(text: str) -> str:
        """The line below a table's header, which is the last line of `text`."""
        header = text.rstrip().rpartition("\n")[2]
        return "|" + " --- |" * (header.count("|") - 1) + "\n"

    def is_long_enough(self, code: str) -> bool:
        """Whether a code block that is open, and has `code` in it, has had its share."""
        most = max(_LEAST_CODE, round(_CODE_SHARE * self._words))
        return count_words(code) > most or code.count("\n") > _MOST_LINES

    @staticmethod
    def whole(text: str, good: int) -> int:
        """How much of `text` to keep so that it does not end in something unfinished.

        `good` is where its last sound sentence ends.
        """
        kept = text.rstrip()
        while kept:
            last = kept.rpartition("\n")[2]
            paragraph = kept.rpartition("\n\n")[2]
            if _ROW.fullmatch(last) and not _has_rows(paragraph):
                kept = kept[: len(kept) - len(paragraph)].rstrip()
            elif last.lstrip().startswith("#") or _EMPTY_ITEM.fullmatch(last):
                kept = kept[: len(kept) - len(last)].rstrip()
            elif last.endswith((":", "：")):
                start = len(kept) - len(last)
                kept = kept[: good if start < good < len(kept) else start].rstrip()
            elif _WHOLE_LINE.match(last) or ENDS_SENTENCE.search(kept[-12:]):
                break
            else:
                shorter = text[:good].rstrip()
                if not len(kept) / 2 <= len(shorter) < len(kept):
                    break
                kept, good = shorter, 0
        return len(kept)


def _has_rows(paragraph: str) -> bool:
    """Whether a table has its delimiter and a row below it."""
    lines = paragraph.split("\n")
    delimiters = [at for at, line in enumerate(lines) if _DELIMITER.fullmatch(line)]
    return bool(delimiters) and delimiters[0] < len(lines) - 1

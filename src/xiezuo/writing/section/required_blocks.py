"""Code blocks and tables of a section: which are missing or open, and the grammar for each."""

import re

from xiezuo.markdown.fences import FENCE_LINE
from xiezuo.markdown.sentences import ENDS_SENTENCE
from xiezuo.markdown.words import count_words
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import PlannedSection
from xiezuo.writing.section.block_requests import block_requests, code_language

MOST_ROWS = 8
_PROSE_FIRST = 0.55  # of a section, before its required block is opened
_CODE_SHARE = 0.6  # of the target length that a code block may take
_LEAST_CODE = 40  # words
_MOST_LINES = 40
_ROW = re.compile(r"\|.*\|\s*")
_DELIMITER = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_WHOLE_LINE = re.compile(r"\s*(?:[-*+]\s|\d+[.)、]\s|\||`{3,}|~{3,}|>)")
_EMPTY_ITEM = re.compile(r"\s*(?:[-*+|]|\d+[.)、])\s*")

_CELL = r"cell ::= [^|\n\\` -] [^|\n\\`]{0,48}"


class RequiredBlocks:
    """Tracks the blocks of one section.

    Attributes:
        row_tokens: the token limit of a call that writes table rows.
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
        """The share of the target length that may be written before a missing block is opened."""
        return _PROSE_FIRST if self._open else 1.0

    def missing(self) -> str | None:
        """The opening of the next missing block."""
        if "table" in self._open:
            self._open.discard("table")
            return "| "
        if "code" in self._open:
            self._open.discard("code")
            return f"```{self._language}\n"
        return None

    def grammar(self, text: str) -> str | None:
        """GBNF for a table's header or its rows, if one comes next."""
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
        """Whether an open code block that contains `code` has reached its share of the section."""
        limit = max(_LEAST_CODE, round(_CODE_SHARE * self._words))
        return count_words(code) > limit or code.count("\n") > _MOST_LINES

    @staticmethod
    def whole(text: str, good: int) -> int:
        """The length of `text` without an unfinished end.

        `good` is the offset where its last sound sentence ends.
        """
        body = text.rstrip()
        while body:
            last = body.rpartition("\n")[2]
            paragraph = body.rpartition("\n\n")[2]
            if _ROW.fullmatch(last) and not _has_rows(paragraph):
                body = body[: len(body) - len(paragraph)].rstrip()
            elif last.lstrip().startswith("#") or _EMPTY_ITEM.fullmatch(last):
                body = body[: len(body) - len(last)].rstrip()
            elif last.endswith((":", "：")):
                start = len(body) - len(last)
                body = body[: good if start < good < len(body) else start].rstrip()
            elif _WHOLE_LINE.match(last) or ENDS_SENTENCE.search(body[-12:]):
                break
            else:
                shorter = text[:good].rstrip()
                if not len(body) / 2 <= len(shorter) < len(body):
                    break
                body, good = shorter, 0
        return len(body)


def _has_rows(paragraph: str) -> bool:
    """Whether a table has a delimiter and at least one row."""
    lines = paragraph.split("\n")
    delimiters = [number for number, line in enumerate(lines) if _DELIMITER.fullmatch(line)]
    return bool(delimiters) and delimiters[0] < len(lines) - 1

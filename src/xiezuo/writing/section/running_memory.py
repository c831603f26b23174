"""The running memory: a summary of the text that no longer fits into the prompt.

It is made by rules, not by the model, so it costs no tokens and is deterministic.
"""

import re
from collections import Counter

from xiezuo.markdown.words import TextLanguage
from xiezuo.writing.section.buffer import SECTION_LEVEL
from xiezuo.writing.section.duplicates import sentences

_TERM = re.compile(r"\*\*([^*\n]{2,40})\*\*|[“「]([^”」\n]{2,20})[”」]")
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")
_INSIDE = re.compile(r"(?<=[A-Za-z,;] )[A-Z][a-z]+\b")  # not at the start of a sentence
_NUMBER = re.compile(
    r"\b\d[\d.,]*(?:\s?(?:%|°C|°F|km|kg|cm|mm|hours?|minutes?|years?|people|euros?|dollars?))|"
    r"\d[\d.,]*\s?(?:%|度|公里|公斤|厘米|小时|分钟|年|人|元|万|亿)"
)
_QUESTION = re.compile(r"[^.!?。！？\n]{8,100}[?？]")
_GIST = 110  # characters of a section's first sentence
_MOST = 8  # names, terms and numbers each


def running_memory(
    text: str, language: TextLanguage, characters: int, level: int = SECTION_LEVEL
) -> str:
    """A summary of `text`: the first sentence of each section, terms, names, numbers, questions.

    It has at most so many `characters`; the oldest sections are left out first.
    """
    if not text.strip():
        return ""
    facts = _facts(text, language)
    room = characters - sum(len(line) + 1 for line in facts)
    gists: list[str] = []
    for heading, body in reversed(_sections(text, level)):
        first = next(sentences(body), "")
        line = f"- {heading}: {_short(first, _GIST)}" if heading else f"- {_short(first, _GIST)}"
        room -= len(line) + 1
        if room < 0:
            break
        gists.insert(0, line)
    return "\n".join([*gists, *facts])[:characters]


def _sections(text: str, level: int) -> list[tuple[str, str]]:
    parts = re.split(rf"^#{{{level}}} (.+)$", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True)) or [("", text)]


def _facts(text: str, language: TextLanguage) -> list[str]:
    labels = (
        ("Terms", "Names", "Numbers", "Open questions")
        if language == "en"
        else ("术语", "名称", "数字", "未答的问题")
    )
    inside = set(_INSIDE.findall(text))
    terms = [bold or quoted for bold, quoted in _TERM.findall(text)]
    names = [name for name in _CAPITAL.findall(text) if name in inside]
    facts = (
        _commonest(terms, 1),
        _commonest(names, 2),
        _commonest(_NUMBER.findall(text), 1),
        [question.strip() for question in _QUESTION.findall(text)[-2:]],
    )
    mark = ": " if language == "en" else "："
    between = ", " if language == "en" else "、"
    return [
        label + mark + between.join(items)
        for label, items in zip(labels, facts, strict=True)
        if items
    ]


def _commonest(items: list[str], least: int) -> list[str]:
    counts = Counter(item.strip() for item in items)
    return [item for item, count in counts.most_common(_MOST) if count >= least]


def _short(sentence: str, characters: int) -> str:
    return sentence if len(sentence) <= characters else f"{sentence[:characters].rstrip()}…"

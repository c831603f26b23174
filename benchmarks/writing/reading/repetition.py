"""Degeneration in every unit: repeats, templates, stutter, counters, collapse of vocabulary."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

from benchmarks.writing.reading.page import Page, Section, Unit, length, pieces, sentences

Objection = tuple[str, int, str]  # kind, line, what a reader would say
_STUTTER_HAN = re.compile(r"([\u4e00-\u9fff]{1,4})\1{3,}")
_STUTTER_WORD = re.compile(r"\b(\w+(?:\s+\w+)?)(?:[\s,]+\1\b){3,}", re.IGNORECASE)
_REPEATS = 3  # equal units of one section or in a row; twice may be style
_BACK = 12  # units before that a template is looked for in
_ALIKE = 0.6
_TEMPLATES = 5
_WINDOW = 400  # words in which different pairs are counted
_NOVELTY = 0.45  # 2 of 245 human pages have less, both of formulas


def repetition(page: Page) -> Iterator[Objection]:
    for section in page.sections:
        yield from _equal(section)
        yield from _templates(section)
        yield from _stutter(section)
        yield from _enumeration(section)
        yield from _collapse(section)
    yield from _counters(page)
    yield from _across(page)


def _key(unit: Unit) -> str:
    return " ".join(pieces(re.sub(r"^\s*(\d+|[a-z])[.)、．]\s*", "", unit.text.lower())))


def _weighty(unit: Unit, key: str) -> bool:
    """Whether a repeat of this unit strikes a reader."""
    if unit.kind in {"code", "row"}:
        return len(key) > 20
    return len(key) > 2


def _equal(section: Section) -> Iterator[Objection]:
    counts = Counter[str]()
    total = sum(len(pieces(unit.text)) for unit in section.units)
    total = max(total, 300)  # a word said thrice in a short section is no fault
    for unit in section.units:
        key = _key(unit)
        if not _weighty(unit, key) or _formal(key.split()):
            continue
        counts[key] += 1
        size = len(pieces(key))
        limit = _REPEATS if unit.kind != "code" else 12
        often = size * limit > 0.03 * total or size >= 12
        if (counts[key] == limit and often) or (counts[key] == 5 and unit.kind == "item"):
            yield "repeat", unit.line, f"“{unit.text[:50]}” is said {limit} times or more"


def _templates(section: Section) -> Iterator[Objection]:
    """Units that share most of their words, in runs, with one shortly before."""
    for kind in ("sentence", "item"):
        units = [unit for unit in section.units if unit.kind == kind]
        words = [pieces(unit.text) for unit in units]
        alike = [
            index
            for index in range(1, len(units))
            if len(words[index]) >= 4
            and not _formal(words[index])
            and any(
                _shared(words[index], words[back]) >= _ALIKE
                for back in range(max(0, index - _BACK), index)
            )
        ]
        said = sum(len(words[index]) for index in alike)
        if len(alike) >= _TEMPLATES - 1 and said >= 0.3 * sum(map(len, words)):
            first = units[alike[0]]
            yield "template", first.line, f"{len(alike) + 1} times like “{first.text[:50]}”"


def _formal(words: list[str]) -> bool:
    """Whether a unit holds formulas, code or links, around which words are alike by nature."""
    return any(word.startswith("opaque") for word in words)


def _shared(new: list[str], old: list[str]) -> float:
    """Share of `new` that stands in `old` as well, in the same order and in runs of two or more."""
    if not old or len(old) < 3:
        return 0.0
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks() if block.size > 1) / len(new)


def _stutter(section: Section) -> Iterator[Objection]:
    for unit in section.units:
        if unit.kind == "code":
            continue
        match = _STUTTER_HAN.search(unit.text) or _STUTTER_WORD.search(unit.text)
        if match and not match[0].isdigit():
            yield "stutter", unit.line, f"“{match[0][:40]}”"


def _enumeration(section: Section) -> Iterator[Objection]:
    for first, items, line in section.lists:
        if items > 40:
            yield "enumeration", line, f"a list of {items} items"
        elif first > 1:
            yield "counter", line, f"a list that begins with {first}"
    for unit in section.paragraphs:
        if unit.kind != "sentence":
            continue
        longest = max(sentence.count("、") for sentence in [*sentences(unit.text), ""])
        if longest > 20:
            yield "enumeration", unit.line, f"{longest + 1} things in one sentence"
        numbered = re.findall(r"(?:^|[\s。；;])(\d{1,2})[.．、](?=\s*[^\d\s])", unit.text)
        if len(numbered) >= 4 and "\n" not in unit.text:
            yield "counter", unit.line, f"numbers inside a paragraph: {', '.join(numbered[:8])}"


def _counters(page: Page) -> Iterator[Objection]:
    """Paragraphs that begin with rising numbers, although they are no list."""
    run = 0
    last = None
    for section in page.sections:
        for unit in section.paragraphs:
            match = re.match(r"[-–—\s*]*第?(\d{1,3})[.)、．:：节章步条]", unit.text)
            if match and unit.kind == "sentence":
                run = run + 1 if last is not None and int(match[1]) == last + 1 else 1
                last = int(match[1])
                if run == 4:
                    yield "counter", unit.line, f"paragraphs numbered up to {last}"


def _across(page: Page) -> Iterator[Objection]:
    """A long sentence or item that stands in two sections."""
    seen: dict[str, int] = {}
    repeats: list[tuple[int, str]] = []
    for number, section in enumerate(page.sections):
        for unit in section.units:
            if unit.kind not in {"sentence", "item"}:
                continue
            key = _key(unit)
            if len(key.split()) < 9 or _formal(key.split()):
                continue
            if seen.setdefault(key, number) != number:
                repeats.append((unit.line, unit.text))
    if sum(length(text) for _, text in repeats) < 0.04 * page.words:
        return
    for line, text in repeats[2:3]:
        yield "repeat", line, f"{len(repeats)} sentences stood in another section: “{text[:40]}”"


def _collapse(section: Section) -> Iterator[Objection]:
    """Little new in a long stretch: few different pairs of words."""
    words = [
        word
        for unit in section.units
        if unit.kind in {"sentence", "item"}
        for word in pieces(unit.text)
    ]
    worst = min(windows(words), default=1.0)
    if worst < _NOVELTY:
        yield "collapse", section.line, f"only {worst:.0%} of the word pairs are new"


def windows(words: list[str]) -> list[float]:
    """Share of different pairs among the pairs of each stretch of `_WINDOW` words."""
    shares: list[float] = []
    for start in range(0, max(1, len(words) - _WINDOW + 1), _WINDOW // 2):
        pairs = list(pairwise(words[start : start + _WINDOW]))
        if len(pairs) >= _WINDOW // 2 - 1:
            shares.append(len(set(pairs)) / len(pairs))
    return shares

"""What a scripted model says: sound prose that never repeats itself, and every way to fail."""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count, islice, product
from typing import Any

SUBJECTS = {
    "en": ("Water", "Steam", "A clean pot", "The old gardener", "Every cup", "This valley", "Rain", "Patience"),
    "zh": ("清水", "蒸汽", "干净的茶壶", "老茶农", "每一只杯子", "这片山谷", "春雨", "耐心"),
}  # fmt: skip
VERBS = {
    "en": ("softens", "carries", "changes", "remembers", "needs", "rewards"),
    "zh": ("滋润着", "带来了", "改变了", "记住了", "需要", "回报了"),
}
OBJECTS = {
    "en": ("the dry leaf", "a long summer", "those who wait", "the smallest bud", "careful hands", "good soil"),
    "zh": ("干燥的叶子", "漫长的夏天", "等待的人", "最小的嫩芽", "细心的双手", "肥沃的泥土"),
}  # fmt: skip
PLACES = {
    "en": (
        "near the river",
        "behind the house",
        "on the hill",
        "at the market",
        "under tall trees",
    ),
    "zh": ("在小河边", "在屋子后面", "在山坡上", "在集市里", "在大树下"),
}

Reply = Callable[[dict[str, Any]], list[Any]]


def sentences(language: str = "en") -> Iterator[str]:
    """1,440 different sentences, in an order that looks like none."""
    every = product(SUBJECTS[language], VERBS[language], OBJECTS[language], PLACES[language])
    for words in sorted(every, key=lambda parts: sha256(repr(parts).encode()).digest()):
        yield (
            " ".join(words) + "."
            if language == "en"
            else "，".join(("".join(words[:3]), words[3])) + "。"
        )


def prose(number: int, language: str = "en", start: int = 0) -> str:
    """So many sentences, from the one numbered `start`."""
    return ("" if language == "zh" else " ").join(
        islice(sentences(language), start, start + number)
    )


def tokens(text: str) -> list[str]:
    """As a tokenizer might cut it."""
    return re.findall(r" ?[A-Za-z0-9']+| ?[^\sA-Za-z0-9']|\s", text)


def endless(language: str = "en") -> Reply:
    """A sound model: each call goes on with 40 new sentences, in paragraphs of five."""
    calls = count()

    def reply(body: dict[str, Any]) -> list[str]:
        start = next(calls) * 40
        paragraphs = [prose(5, language, (start + at) % 1400) for at in range(0, 40, 5)]
        return tokens(_joint(body, language) + "\n\n".join(paragraphs))

    return reply


def _joint(body: dict[str, Any], language: str) -> str:
    """A space where the text so far ends in a sentence and the language has spaces."""
    last = body["messages"][-1]
    so_far = last["content"] if last["role"] == "assistant" else ""
    return " " if language == "en" and so_far and not so_far[-1].isspace() else ""


def first(fault: str, times: int = 1, language: str = "en") -> Reply:
    """A model that says `fault` in its first calls, each after two sound sentences, and is sound then."""
    sound = endless(language)
    calls = count()

    def reply(body: dict[str, Any]) -> list[str]:
        number = next(calls)
        if number >= times:
            return sound(body)
        start = _joint(body, language) + prose(2, language, 1400 + 2 * (number % 20))
        gap = "" if fault.startswith("\n") or language == "zh" else " "
        return tokens(start + gap + fault)

    return reply

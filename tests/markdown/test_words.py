"""Length and language of Chinese, English and mixed text."""

import pytest

from xiezuo.markdown.words import count_words, language_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Green tea, well brewed.", 4),
        ("don't re-heat it", 3),
        ("绿茶的冲泡", 5),
        ("用 Python 3 写代码", 6),
        ("# Heading\n\n- one\n- two", 3),
        ("……！？", 0),
    ],
)
def test_words_are_counted_as_a_word_processor_does(text: str, words: int):
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Explain how tea is made.", "en"),
        ("介绍绿茶的制作。", "zh"),
        ("用 asyncio 和 httpx 写一个爬虫教程", "zh"),
        ("The word 茶 means tea in Chinese and in Japanese.", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_from_the_text(text: str, language: str):
    assert language_of(text) == language

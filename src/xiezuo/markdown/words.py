"""Length and language of Chinese, English and mixed text."""

import re
from typing import Literal

TextLanguage = Literal["en", "zh"]

# CJK ideographs with extension A, compatibility ideographs, and kana, which count one by one.
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IDEOGRAPHS = re.compile(f"[{_CJK}]+")
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’\-_][^\W_{_CJK}]+)*")
_CHINESE_SHARE = 0.2  # of words; a Chinese text about Python has about as many Latin words


def count_words(text: str) -> int:
    """Words as a word processor counts them: each ideograph is one, each Latin run is one."""
    return count_ideographs(text) + len(_WORD.findall(text))


def count_ideographs(text: str) -> int:
    return 0 if text.isascii() else sum(map(len, _IDEOGRAPHS.findall(text)))


def language_of(text: str) -> TextLanguage:
    """`zh` if at least a fifth of the words are ideographs, else `en`."""
    ideographs = count_ideographs(text)
    if not ideographs:
        return "en"
    words = ideographs + len(_WORD.findall(text))
    return "zh" if ideographs > _CHINESE_SHARE * words else "en"

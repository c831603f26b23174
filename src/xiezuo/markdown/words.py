"""Length and language of Chinese, English and mixed text."""

import re
from typing import Literal

TextLanguage = Literal["en", "zh"]

# CJK ideographs, extensions, compatibility ideographs and kana; each character counts as a word.
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IDEOGRAPHS = re.compile(f"[{_CJK}]+")
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’\-_][^\W_{_CJK}]+)*")
_CHINESE_SHARE = 0.2  # of words; Chinese texts about programming have many Latin words


def count_words(text: str) -> int:
    """Count words as a word processor does: each ideograph and each run of letters is one."""
    return count_ideographs(text) + len(_WORD.findall(text))


def count_ideographs(text: str) -> int:
    return 0 if text.isascii() else sum(map(len, _IDEOGRAPHS.findall(text)))


def language_of(text: str) -> TextLanguage:
    """`zh` if more than a fifth of the words are ideographs, else `en`."""
    ideographs = count_ideographs(text)
    if not ideographs:
        return "en"
    words = ideographs + len(_WORD.findall(text))
    return "zh" if ideographs > _CHINESE_SHARE * words else "en"

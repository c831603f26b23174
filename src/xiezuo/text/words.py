"""Length and language of Chinese, English and mixed text."""

import re
from typing import Literal

TextLanguage = Literal["en", "zh"]

# CJK ideographs with extension A, compatibility ideographs, and kana, which count one by one.
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IDEOGRAPH = re.compile(f"[{_CJK}]")
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’\-_][^\W_{_CJK}]+)*")
_CHINESE_SHARE = 0.2  # of words; a Chinese text about Python has about as many Latin words


def count_words(text: str) -> int:
    """Words as a word processor counts them: each ideograph is one, each Latin run is one."""
    return len(_WORD.findall(text))


def language_of(text: str) -> TextLanguage:
    """`zh` if at least a fifth of the words are ideographs, else `en`."""
    if text.isascii():
        return "en"
    return "zh" if len(_IDEOGRAPH.findall(text)) > _CHINESE_SHARE * count_words(text) else "en"

"""Small numbers as Chinese and English words."""

NUMERAL_ZH = r"(?:\d{1,2}|[二两三四五六七八九]|十[一二三四五六七八九]?)"
NUMERAL_EN = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_ENGLISH = ("zero one two three four five six seven eight nine ten eleven twelve").split()
_DIGITS = "零一二三四五六七八九"
_TENS = 10


def number_of(word: str) -> int:
    """The value of a numeral up to 99; 0 for any other word.

    >>> number_of("十二"), number_of("两"), number_of("Seven"), number_of("12")
    (12, 2, 7, 12)
    """
    word = word.lower().replace("两", "二")
    if word.isascii():
        return int(word) if word.isdecimal() else (_ENGLISH.index(word) if word in _ENGLISH else 0)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return max(0, _DIGITS.find(word)) if len(word) == 1 else 0
    high = max(1, _DIGITS.find(tens)) if tens else 1
    return high * _TENS + (max(0, _DIGITS.find(ones)) if ones else 0)

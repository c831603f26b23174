"""The same words cycling at the end of a text."""

import re

_NEEDLE = 12  # characters whose earlier occurrences are candidates for the period
_WINDOW = 6000  # characters looked at
_LEAST = 60  # characters that a loop covers
_TRIES = 12
_FEW, _MANY = 3, 4  # turns: a long unit, a short one
_LONG_UNIT = 40
_DIGITS = re.compile(r"\d+")
_LETTER = re.compile(r"\w")


def loop_at_end(text: str) -> tuple[int, int] | None:
    """Where the loop begins, and the length of its unit; none if the text does not end in one.

    The last characters are looked for before themselves; each distance found is a candidate for
    the period, and the text must repeat itself at that distance for several turns.
    """
    window = text[-_WINDOW:]
    if len(window) < _LEAST:
        return None
    needle = window[-_NEEDLE:]
    at = len(window) - _NEEDLE
    for _ in range(_TRIES):
        at = window.rfind(needle, 0, at + _NEEDLE - 1)
        if at < 0:
            return None
        period = len(window) - _NEEDLE - at
        covered = _covered(window, period)
        turns = covered // period
        if turns >= (_FEW if period >= _LONG_UNIT else _MANY) and covered >= _LEAST:
            if not _LETTER.search(window[-period:]):
                return None  # a rule, a row of dots
            return len(text) - covered, period
    return None


def _covered(window: str, period: int) -> int:
    """How many characters at the end repeat those `period` before them, with the first turn."""
    size = len(window)
    low, high = period, size  # the text from `size - covered` on has this period
    if window[size - 2 * period : size - period] != window[size - period :]:
        return 0
    while low < high:  # the longest tail that equals itself shifted by one period
        middle = (low + high + 1) // 2
        start = size - middle
        if window[start : size - period] == window[start + period :]:
            low = middle
        else:
            high = middle - 1
    return low


def near_loop_at_end(text: str) -> tuple[int, int] | None:
    """A loop whose turns differ only in numbers, such as the items of a list that counts on."""
    window = text[-_WINDOW:]
    found = loop_at_end(_DIGITS.sub("0", window))
    if found is None:
        return None
    covered = len(_DIGITS.sub("0", window)) - found[0]
    return max(0, len(text) - covered), found[1]

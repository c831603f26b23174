"""Detection of a text that repeats itself at its end."""

import re

_NEEDLE = 12  # last characters; the distance to an earlier occurrence may be the period
_WINDOW = 6000  # characters examined
_LEAST = 60  # characters that a loop must cover
_TRIES = 12
_FEW, _MANY = 3, 4  # turns needed of a long unit, of a short one
_LONG_UNIT = 40
_DIGITS = re.compile(r"\d+")
_LETTER = re.compile(r"\w")


def loop_at_end(text: str) -> tuple[int, int] | None:
    """Start and period of the loop that ends the text; None if there is none.

    The distance from the last characters to each earlier occurrence of them is a candidate for the
    period; the text must repeat itself at that distance for several turns.
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
                return None  # a horizontal rule or a row of dots
            return len(text) - covered, period
    return None


def _covered(window: str, period: int) -> int:
    """Length of the longest tail with this period, its first turn included."""
    size = len(window)
    low, high = period, size  # bounds of the length of the tail
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
    """A loop whose turns differ only in numbers, such as the items of a numbered list."""
    window = text[-_WINDOW:]
    loop = loop_at_end(_DIGITS.sub("0", window))
    if loop is None:
        return None
    covered = len(_DIGITS.sub("0", window)) - loop[0]
    return max(0, len(text) - covered), loop[1]

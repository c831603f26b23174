"""The difference between two texts as edits, which a person takes or leaves one by one.

The model writes whole passages; the difference is always computed, never asked for.
"""

import re
from difflib import SequenceMatcher

from xiezuo.markdown.edits import Edit, Edits

_PIECE = re.compile(r"[A-Za-z0-9_'’-]+|\s+|.", re.DOTALL)
_APART = 3  # equal pieces between two changes that keep them apart


def edits_between(old: str, new: str, start: int = 0) -> Edits:
    """Edits that turn `old`, which begins at `start` of some text, into `new`.

    Changes close to each other are one edit.
    """
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    offsets = [0]
    for piece in before:
        offsets.append(offsets[-1] + len(piece))
    groups: list[tuple[int, int, int, int]] = []
    for tag, first, last, there, until in matcher.get_opcodes():
        if tag == "equal":
            continue
        if groups and first - groups[-1][1] < _APART:
            groups[-1] = (groups[-1][0], last, groups[-1][2], until)
        else:
            groups.append((first, last, there, until))
    return Edits(
        Edit(start + offsets[first], start + offsets[last], "".join(after[there:until]))
        for first, last, there, until in groups
    )

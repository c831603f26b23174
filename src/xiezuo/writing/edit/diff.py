"""The difference between two texts as edits, which the user accepts or rejects singly.

The model writes whole passages; it is never asked for a difference.
"""

import re
from difflib import SequenceMatcher

from xiezuo.markdown.edits import Edit, Edits

_PIECE = re.compile(r"[A-Za-z0-9_'’-]+|\s+|.", re.DOTALL)
_APART = 3  # equal pieces between two changes that make them two edits


def edits_between(old: str, new: str, start: int = 0) -> Edits:
    """Edits that turn `old`, which starts at offset `start` of a text, into `new`.

    Changes close to each other become one edit.
    """
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    offsets = [0]
    for piece in before:
        offsets.append(offsets[-1] + len(piece))
    groups: list[tuple[int, int, int, int]] = []
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        if groups and first - groups[-1][1] < _APART:
            groups[-1] = (groups[-1][0], last, groups[-1][2], new_last)
        else:
            groups.append((first, last, new_first, new_last))
    return Edits(
        Edit(start + offsets[first], start + offsets[last], "".join(after[new_first:new_last]))
        for first, last, new_first, new_last in groups
    )

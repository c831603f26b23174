"""Lines in which a model talks to its user instead of writing: "Sure! Here is…".

A first, narrow net, for whole lines at the edges of a section. Finding chatter anywhere belongs to
the linter.
"""

import re

_LONGEST = 200  # characters; a longer line says something besides
_MARKERS = re.compile(r"^[\s*_>#\-\d.)、“\"]+")

# How such a line begins; what follows decides (below).
_OPENERS = (
    "sure", "certainly", "of course", "absolutely", "okay", "here is", "here's", "here’s",
    "here are", "i'd be happy", "i would be happy", "好的", "当然", "没问题", "以下是", "下面是",
)  # fmt: skip
_CLOSERS = (
    "i hope this", "i hope that", "i hope you", "i hope it", "let me know", "please let me know",
    "feel free to", "please feel free", "if you have any", "if you need any", "if you need more",
    "if you need further", "if you want me", "if you would like me", "if you'd like me",
    "don't hesitate", "is there anything else", "would you like me",
    "希望这", "希望以上", "希望本文", "希望对你", "希望对您", "希望能帮", "如果你还", "如果您还",
    "如果你有", "如果您有", "如果你需要", "如果您需要", "如有任何", "如有其他", "如有疑问",
    "请随时", "请告诉我",
)  # fmt: skip
_OPENING = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|好的|当然|没问题)\s*[,，!！.。:：]"
    r"|i(?:'d| would) be happy to"
    r"|(?:here(?:'s|’s| is| are)|以下是|下面是).*[:：]$"
)


def may_become_chatter(start: str, *, opening: bool) -> bool:
    """Whether a line that begins like this may turn out to be chatter."""
    text = _bare(start)
    starts = _CLOSERS + (_OPENERS if opening else ())
    return any(one.startswith(text) or text.startswith(one) for one in starts)


def is_opening(line: str) -> bool:
    """Whether the first line of a section only announces it."""
    return len(line) <= _LONGEST and _OPENING.match(_bare(line)) is not None


def is_closing(line: str) -> bool:
    """Whether a line takes leave; it is chatter only if nothing follows."""
    return len(line) <= _LONGEST and _bare(line).startswith(_CLOSERS)


def _bare(line: str) -> str:
    return _MARKERS.sub("", line).rstrip(" *_").lower()

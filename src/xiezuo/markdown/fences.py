"""Patterns of CommonMark's code fences."""

import re

FENCE_MARKER = r"(?:`{3,}|~{3,})"

# The line that opens a code block; group 1 is the marker, group 2 the info string.
OPENING_FENCE = re.compile(rf" {{0,3}}({FENCE_MARKER})(.*)")

# A fence at the beginning of any line.
FENCE_LINE = re.compile(rf"^ {{0,3}}{FENCE_MARKER}", re.MULTILINE)

# A code block with its fences; up to the end of the text if it is not closed.
FENCED_BLOCK = re.compile(
    r"^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~)\s*$|\Z)", re.MULTILINE | re.DOTALL
)

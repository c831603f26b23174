"""Markdown as hypothesis makes it: pieces that mean something, in any order."""

from hypothesis import strategies as st

_PIECES = (
    "# 茶\n", "## Tea\n\n", "text ", "**粗体**", "`code`", "[a](b)", "$x$", "\n", "\n\n", "- ",
    "1. ", "> ", "```py\n", "```\n", "    ", "\t", "|a|b|\n", "|-|-|\n", "。", ". ", "<b>", "\\*",
    "\r\n", "*", "_", "![i](u)", "https://a.b/c", "<!-- c -->", "---\n", "\0", "\ud800", "é",
    "水开了，", "!!! note\n", "[^1]: n", "$$\n", "```",
)  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.edits import Edit

_FALSE_MARKER = re.compile(
    r"^(?:(?P<dash>[-+](?=[^\s\d\-+>.=|]))|(?P<dot>[•●◦▪·‣⁃∙](?=\s?\S))|(?P<number>\d{1,2}[.)](?=[^\s\d.)\]]))|"
    r"(?P<wide>\d{1,2}[、．](?=\s?\S)))"
)
_FEWEST = 2


class FalseListMarker(Rule):
    r"""Lines that look like a list but are not one.

    Two or more lines of a paragraph begin with `-item`, `1.item`, `1、`, `•` or `·`: markers that
    Markdown does not know, or that have no space after them.

    Why: all lines run together into one paragraph.

    Example:

        -green tea
        -black tea

    Fix (safe): replace each marker with `- ` or `1. `.

    ---
    看起来是列表，其实不是

    段落里有两行以上以 `-项目`、`1.项目`、`1、`、`•`、`·` 开头：Markdown 不认这些标记，或者标记后缺空格。

    为什么：所有行会连成一段。

    示例：

        -绿茶
        -红茶

    修复（安全）：改成 `- ` 或 `1. `。
    """

    code = "FMT006"
    name = "false-list-marker"
    severity = "error"
    fixes = "safe"
    message = Text(
        "`{marker}` is not a Markdown list marker.", "`{marker}` 不是 Markdown 的列表标记。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.paragraphs:
            lines = _false_items(block)
            if len(lines) < _FEWEST:
                continue
            for start, marker in lines:
                span = block.source_span(start, start + marker.end())
                after = block.content[start + marker.end()]
                space = "" if after == " " else " "
                number = re.match(r"\d+", marker[0])
                replacement = f"{number[0]}." if number else "-"
                first = start == lines[0][0] and start > 0
                gap = f"\n{context.source[context.line_start(span) : span.start]}" if first else ""
                yield self.diagnostic(
                    span, Edit(*span, f"{gap}{replacement}{space}"), marker=marker[0]
                )


def _false_items(block: TextBlock) -> list[tuple[int, re.Match[str]]]:
    """Lines with a false marker: their offsets in the content, and the markers."""
    items: list[tuple[int, re.Match[str]]] = []
    offset = 0
    for line in block.content.split("\n"):
        lead = len(line) - len(line.lstrip())
        if match := _FALSE_MARKER.match(line.lstrip()):
            items.append((offset + lead, match))
        offset += len(line) + 1
    return items

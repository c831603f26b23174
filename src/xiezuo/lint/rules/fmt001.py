import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock, split_row
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_ROW = re.compile(r"[ \t>]*\|.*\|.*")
_RULE = re.compile(r"[\s|:\-—–－_=+]*[-—–－_=]{2,}[\s|:\-—–－_=+]*")


class TableWithoutDelimiter(Rule):
    r"""A table has no valid delimiter row.

    Two or more consecutive lines begin with a pipe, but the first is not followed by a row of dashes
    with as many columns.

    Why: Markdown displays pipes and text instead of a table.

    Example:

        | tea | water |
        | green | 80 °C |

    Fix (safe): add or correct the delimiter row.

    ---
    表格缺少有效的分隔行

    连续两行以上以竖线开头，而第一行下面没有列数相同的短横线分隔行。

    为什么：Markdown 不会显示成表格，只会显示竖线和文字。

    示例：

        | 茶 | 水温 |
        | 绿茶 | 80 °C |

    修复（安全）：补上或改正分隔行。
    """

    code = "FMT001"
    name = "table-without-delimiter"
    severity = "error"
    fixes = "safe"
    message = Text("This table has no valid delimiter row.", "这个表格缺少有效的分隔行。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.paragraphs:
            if "|" not in block.content:
                continue
            lines = block.content.split("\n")
            offset = 0
            for number, line in enumerate(lines):
                if _ROW.fullmatch(line) and not _RULE.fullmatch(line):
                    rows = [candidate for candidate in lines[number:] if _ROW.fullmatch(candidate)]
                    if len(rows) > 1:
                        yield self._report(context, block, offset, lines[number:])
                    break
                offset += len(line) + 1

    def _report(
        self, context: LintContext, block: TextBlock, offset: int, lines: list[str]
    ) -> Diagnostic:
        header, below = lines[0], lines[1] if len(lines) > 1 else ""
        columns = len(split_row(header, 0, len(header)))
        delimiter = "|" + " --- |" * columns
        end = block.source_span(offset, offset + len(header)).end
        start = block.source_offset(offset)
        prefix = context.source[context.line_start(Span(start, start)) : start]
        if _RULE.fullmatch(below):
            first = offset + len(header) + 1
            edit = Edit(*block.source_span(first, first + len(below)), delimiter)
        else:
            edit = Edit(end, end, f"\n{prefix}{delimiter}")
        return self.diagnostic(Span(start, end), edit)

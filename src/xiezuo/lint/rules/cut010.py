from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Table


class UnfinishedTable(Rule):
    r"""A table is incomplete.

    The text ends in a table whose last row has fewer cells than the header or lacks the closing
    pipe that the other rows have, or a table has a header and no row at all.

    Why: this row, and often further rows, were never completed.

    Example:

        | tea | water |
        | --- | --- |
        | green | 80 °C |
        | black | 9

    Fix: none; complete the row.

    ---
    表格没有写完

    全文以表格结尾，而最后一行的单元格比表头少，或缺少其他行都有的行尾竖线；或者表格只有表头，没有任何一行。

    为什么：这一行以及后面的行没有写出来。

    示例：

        | 茶 | 水温 |
        | --- | --- |
        | 绿茶 | 80 °C |
        | 红茶 | 9

    修复：无；续写这一行。
    """

    code = "CUT010"
    name = "unfinished-table"
    severity = "error"
    message = Text("The table breaks off in this row.", "表格在这一行断掉。")
    _empty = Text("The table has no rows.", "表格只有表头，没有内容。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for table in context.document.tables:
            if not table.rows:
                yield self.diagnostic(table.header.span, message=self._empty)
            elif table is context.last_block and self._breaks_off(context, table):
                yield self.diagnostic(table.rows[-1].span)

    def _breaks_off(self, context: LintContext, table: Table) -> bool:
        last = table.rows[-1]
        if len(last.cells) < len(table.header.cells):
            return True
        piped = table.delimiter.span.of(context.source).rstrip().endswith("|")
        return piped and not last.span.of(context.source).rstrip().endswith("|")

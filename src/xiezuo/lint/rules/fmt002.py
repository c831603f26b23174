from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit


class RaggedTable(Rule):
    r"""A row has more or fewer cells than the header.

    Why: Markdown drops surplus cells, and after a missing one, cells appear under the wrong header.

    Example:

        | tea | water |
        | --- | --- |
        | green | 80 °C | 2 min |
        | black |

    Fix (safe): add missing cells as empty ones. If a row has too many, a person must decide whether a
    cell or the header is wrong.

    ---
    表格行的单元格数与表头不同

    为什么：多出的单元格会被丢弃，缺少的会错位。

    示例：

        | 茶 | 水温 |
        | --- | --- |
        | 绿茶 | 80 °C | 2 分钟 |
        | 红茶 |

    修复（安全）：缺少的单元格补空。多出的情况要由人判断是单元格多了还是表头少了。
    """

    code = "FMT002"
    name = "ragged-table"
    severity = "error"
    fixes = "safe"
    message = Text(
        "This row has {cells} cells; the header has {columns}.",
        "表头有 {columns} 列，这一行有 {cells} 个单元格。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for table in context.document.tables:
            columns = len(table.header.cells)
            for row in table.rows:
                text = row.span.of(context.source).rstrip()
                if len(row.cells) == columns or "|" not in text:
                    continue
                edits: list[Edit] = []
                if len(row.cells) < columns:
                    end = row.span.start + len(text)
                    added = "  |" * (columns - len(row.cells))
                    edits.append(Edit(end, end, added if text.endswith("|") else f" |{added}"))
                few = table.rows[-1] is row or len(row.cells) > columns
                yield self.diagnostic(
                    row.span,
                    *edits,
                    severity=None if few else "warning",
                    cells=len(row.cells),
                    columns=columns,
                )

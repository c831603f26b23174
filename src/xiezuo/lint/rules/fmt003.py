from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span


class TableWithoutBlankLine(Rule):
    r"""A table has no blank line before or after it.

    A line of text is directly above or below the table. Markdown treats a line below as a row.

    Why: the text after the table ends up in its first column; with text above it, several renderers
    (pandoc, Python-Markdown) do not recognize the table.

    Example:

        | tea | water |
        | --- | --- |
        | green | 80 °C |
        Soft water is best.

    Fix (safe): insert a blank line between the two.

    ---
    表格与前后文字之间没有空行

    表格的上一行或下一行就是正文。下面的正文会被 Markdown 当成表格的一行。

    为什么：表格后的文字会跑进第一列；表格前没有空行时，不少渲染器（pandoc、Python-Markdown）不认这个表格。

    示例：

        | 茶 | 水温 |
        | --- | --- |
        | 绿茶 | 80 °C |
        泡茶宜用软水。

    修复（安全）：在两者之间加空行。
    """

    code = "FMT003"
    name = "table-without-blank-line"
    fixes = "safe"
    message = Text(
        "A blank line is missing between the text and the table.", "文字与表格之间缺少空行。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        lines = context.document.lines
        for table in context.document.tables:
            if table.depth:
                continue
            above = lines[table.line - 1] if table.line else Span(0, 0)
            if above.of(context.source).strip() and self._is_text(context, above):
                yield self.diagnostic(table.header.span, Edit(above.end, above.end, "\n"))
            swallowed = next(
                (row for row in table.rows if "|" not in row.span.of(context.source)), None
            )
            if swallowed:
                at = swallowed.span.start
                yield self.diagnostic(swallowed.span, Edit(at, at, "\n"), severity="error")

    def _is_text(self, context: LintContext, line: Span) -> bool:
        return any(
            block.kind == "paragraph" and block.span.touches(line)
            for block in context.document.paragraphs
        )

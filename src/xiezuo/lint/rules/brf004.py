from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class NoExample(Rule):
    r"""The brief has no example.

    Why: three lines in the desired style help a small model more than a page of rules.

    Example:

        task: Write about tea.

    Fix: none; add `example`.

    ---
    没有示例

    为什么：三行符合期望文风的示例，比一页规则更有效。

    示例：

        task: 写一篇关于茶的文章。

    修复：无；请补上 `example`。
    """

    code = "BRF004"
    name = "no-example"
    severity = "info"
    needs = "brief"
    message = Text("The brief has no example.", "没有给出示例（example）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if context.brief and not context.brief.example:
            yield self.diagnostic(Span(0, 0))

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class NoRole(Rule):
    r"""The brief gives the writer no role.

    Why: one line with a role ("a tea grower with thirty years of experience") sets the voice, the
    knowledge and the choice of words.

    Example:

        task: Write about tea.

    Fix: none; add `role`.

    ---
    没有指定角色

    为什么：一行角色（“种了三十年茶的茶农”）就能定下口吻、知识面和用词。

    示例：

        task: 写一篇关于茶的文章。

    修复：无；请补上 `role`。
    """

    code = "BRF001"
    name = "no-role"
    severity = "info"
    needs = "brief"
    message = Text("The brief names no role.", "没有写明角色（role）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if context.brief and not context.brief.role:
            yield self.diagnostic(Span(0, 0))

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class NoTask(Rule):
    r"""The brief has no task.

    Why: without a task, there is nothing to write.

    Example:

        task: Write about tea.

    Fix: none; add `task`.

    ---
    没有任务

    为什么：没有任务就没有可写的内容。

    示例：

        task: 写一篇关于茶的文章。

    修复：无；请补上 `task`。
    """

    code = "BRF002"
    name = "no-task"
    severity = "error"
    needs = "brief"
    message = Text("The brief has no task.", "没有写明任务（task）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if context.brief and not context.brief.task:
            yield self.diagnostic(Span(0, 0))

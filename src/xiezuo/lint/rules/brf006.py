import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_ALSO = re.compile(
    r"\b(?:and|then|also|after that|additionally|as well as|plus)\b[,]?\s+(?:please\s+)?(?:write|create|make|translate|summari[sz]e|"
    r"compare|generate|draft|list|design|give me|explain|produce|prepare)\b|"
    r"(?:并且?|然后|同时|另外|还要|再|以及|顺便)[，,]?(?:请|帮我)?(?:写|翻译|总结|生成|制作|列出|设计|给出|比较|画|做|起草|准备)",
    re.IGNORECASE,
)


class SeveralTasks(Rule):
    r"""The brief has several tasks.

    Why: a small model completes the first task and only half of the second. Two documents need two
    briefs.

    Example:

        task: Write an article about tea and then translate it into French.

    Fix: none; write one brief for each task.

    ---
    一份写作要求包含多个任务

    为什么：小模型会完成第一个任务，第二个只做一半。两篇文档应写两份要求。

    示例：

        task: 写一篇关于茶的文章，然后翻译成法文。

    修复：无；请拆分成多份写作要求。
    """

    code = "BRF006"
    name = "several-tasks"
    needs = "brief"
    message = Text("“{words}” starts a second task.", "“{words}”提出了另一个任务。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        if match := _ALSO.search(brief.task):
            yield self.diagnostic(brief.span("task"), words=match[0])

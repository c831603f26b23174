import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.words import count_words, language_of

_VAGUE = re.compile(
    r"\b(?:something|some things?|stuff|anything|whatever|etc|and so on|interesting|nice|good|better)\b|"
    r"一些东西|随便|什么的|等等|写点|差不多|好一点|有意思的|之类的",
    re.IGNORECASE,
)
_FEWEST_WORDS = 5
_FEWEST_CHARACTERS = 8


class VagueTask(Rule):
    r"""The task is vague.

    It is only a few words long, or relies on words such as "something", "and so on", "随便", "什么的".

    Why: a small model fills whatever the brief leaves open with stock phrases.

    Example:

        task: Write something about tea.

    Fix: none; state the topic, the audience and the purpose.

    ---
    任务含糊

    只有几个字，或者用了“随便”“什么的”“something”“and so on”一类的词。

    为什么：写作要求没有说明的内容，小模型会用套话填充。

    示例：

        task: 随便写点关于茶的东西。

    修复：无；请写明主题、读者和目的。
    """

    code = "BRF005"
    name = "vague-task"
    needs = "brief"
    message = Text("The task is vague: {reason}.", "任务含糊：{reason}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        if not brief.task.strip():
            return
        span = brief.span("task")
        least = _FEWEST_CHARACTERS if language_of(brief.task) == "zh" else _FEWEST_WORDS
        match = _VAGUE.search(brief.task)
        if count_words(brief.task) < least:
            yield self.diagnostic(span, reason=Text("only a few words", "只有几个字"))
        elif match:
            yield self.diagnostic(span, reason=Text(f"“{match[0]}”", f"“{match[0]}”"))

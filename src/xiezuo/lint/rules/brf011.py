from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.words import count_words

_TOKENS_PER_WORD = 1.4  # of a brief, when the engine was not asked; Chinese characters are words


class OverBudget(Rule):
    r"""The brief is longer than the context budget.

    Role, task and example together take more prompt tokens than a section may be written with.
    When the engine's speed is known, the cost in seconds is told.

    Why: what does not fit is left out, and every token is paid for again before the first word.

    Example: an example of ten pages.

    Fix: none; shorten the example first.

    ---
    写作要求超出上下文预算

    角色、任务和示例加起来的 token 数超过写一节可用的提示词长度。知道引擎速度时，会说明要多等几秒。

    为什么：放不下的会被省略；放得下的，每个 token 也都要在写出第一个字之前付出时间。

    示例：十页长的示例。

    修复：无；先精简示例。
    """

    code = "BRF011"
    name = "over-budget"
    needs = "brief"
    message = Text(
        "The brief takes {tokens} tokens of a budget of {budget}{seconds}.",
        "写作要求约 {tokens} 个 token，预算是 {budget}{seconds}。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        if not brief.budget_tokens:
            return
        words = count_words(f"{brief.role}\n{brief.task}\n{brief.example}")
        tokens = brief.prompt_tokens or round(words * _TOKENS_PER_WORD)
        if tokens > brief.budget_tokens:
            cost = Text("", "")
            if brief.prefill_speed:
                wait = tokens / brief.prefill_speed
                cost = Text(
                    f" ({wait:.0f} s before the first word)", f"（第一个字之前要等 {wait:.0f} 秒）"
                )
            longest = max(("role", "task", "example"), key=lambda key: len(getattr(brief, key)))
            yield self.diagnostic(
                brief.span(longest), tokens=tokens, budget=brief.budget_tokens, seconds=cost
            )

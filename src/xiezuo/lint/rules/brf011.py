from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.words import count_words

_TOKENS_PER_WORD = 1.4  # of a brief, when the engine was not asked; Chinese characters are words


class OverBudget(Rule):
    r"""The brief exceeds the context budget.

    The role, the task and the example together take more tokens than the prompt of a section may have.
    If the speed of the engine is known, the message gives the cost in seconds.

    Why: what does not fit is omitted, and every token delays the first word.

    Example: a brief with an example of ten pages.

    Fix: none; shorten the example first.

    ---
    写作要求超出上下文预算

    角色、任务和示例加起来的 token 数超过写一节可用的提示词长度。已知引擎速度时，还会说明要多等几秒。

    为什么：放不下的内容会被省略；每个 token 都会推迟第一个字的出现。

    示例：附有十页示例的写作要求。

    修复：无；先精简示例。
    """

    code = "BRF011"
    name = "over-budget"
    needs = "brief"
    message = Text(
        "The brief takes {tokens} tokens; the budget is {budget}{seconds}.",
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

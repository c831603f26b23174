from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_FEWEST_WORDS = 40  # for a section that says anything
_TOLERANCE = 0.15


class ImpossibleLength(Rule):
    r"""The length and the structure contradict each other.

    The lengths of the sections do not add up to the length of the whole, or there are so many
    sections that each gets fewer than forty words.

    Why: the document can satisfy only one of the two, and it is left to chance which.

    Example:

        words: 200
        structure: [A, B, C, D, E, F, G, H]

    Fix: none; change the length or the sections.

    ---
    字数和结构无法同时满足

    各节字数之和与总字数不符，或者小节太多，每节分不到四十字。

    为什么：文档只能满足其中之一，满足哪个全凭运气。

    示例：

        words: 200
        structure: [甲, 乙, 丙, 丁, 戊, 己, 庚, 辛]

    修复：无；修改字数或小节。
    """

    code = "BRF007"
    name = "impossible-length"
    needs = "brief"
    severity = "error"
    message = Text(
        "The sections add up to {sum} words, but the brief asks for {words}.",
        "各节合计 {sum} 字，与要求的 {words} 字不符。",
    )
    _thin = Text(
        "{words} words leave only {each} for each section.",
        "总共 {words} 字，平均每节只有 {each} 字。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        if not brief.words or not brief.structure:
            return
        span = brief.span("words")
        planned = [section.words for section in brief.structure if section.words]
        if len(planned) == len(brief.structure):
            if abs(sum(planned) - brief.words) > _TOLERANCE * brief.words:
                yield self.diagnostic(span, sum=sum(planned), words=brief.words)
        elif sum(planned) >= brief.words:
            yield self.diagnostic(span, sum=sum(planned), words=brief.words)
        share = brief.words // len(brief.structure)
        if share < _FEWEST_WORDS:
            yield self.diagnostic(span, message=self._thin, words=brief.words, each=share)

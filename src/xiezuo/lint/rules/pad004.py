import re
from collections.abc import Iterator
from functools import cache

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.phrases import words
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.words import TextLanguage

_FEWEST = 3


class AdjectivePile(Rule):
    r"""A pile of praising adjectives.

    Three or more adjectives of praise in a row ("a powerful, flexible, and robust tool",
    "高效、便捷、强大的").

    Why: each weakens the others, and none says what the thing does.

    Example:

        Tea is a wonderful, amazing, and truly unique drink.

    Fix: none; keep the one that facts support.

    ---
    形容词堆砌

    三个以上评价性形容词连用（“高效、便捷、强大的”“powerful, flexible, and robust”）。

    为什么：这些词互相削弱，也没有说明具体内容。

    示例：

        茶是一种独特、美妙、迷人的饮品。

    修复：无；留下能用事实说明的那一个。
    """

    code = "PAD004"
    name = "adjective-pile"
    message = Text("{count} adjectives of praise in a row.", "连用了 {count} 个评价性形容词。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.paragraphs:
            piles, adjective = _piles(block.language)
            for pile in piles.finditer(block.prose):
                count = len(adjective.findall(pile[0]))
                if count >= _FEWEST:
                    yield self.diagnostic(block.source_span(*pile.span()), count=count)


@cache
def _piles(language: TextLanguage) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A row of praising words, and one of them."""
    word = f"(?:{'|'.join(words('praise', language))})"
    if language == "zh":
        return re.compile(
            rf"{word}(?:的|地)?(?:(?:[、，,]|而|且|又|并且|和|与){{1,2}}(?:而|且|又|更|富有|充满)?{word}(?:的)?){{2,}}"
        ), re.compile(word)
    word = rf"\b{word}\b"
    very = r"(?:(?:truly|very|highly|incredibly|extremely|remarkably|uniquely|deeply)\s+)?"
    return (
        re.compile(rf"{word}(?:\s*,?\s*(?:and|yet|or|,)?\s*{very}{word}){{2,}}", re.IGNORECASE),
        re.compile(word, re.IGNORECASE),
    )

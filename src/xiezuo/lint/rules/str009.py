from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


@dataclass(frozen=True)
class WallOfText(Rule):
    r"""A paragraph is too long.

    Why: four hundred words without a break are hard to read.

    Example: one paragraph of 400 words.

    Fix: none; a person must decide where a new paragraph begins.

    Tune: `words` (350) for English, `characters` (500) for Chinese.

    ---
    段落过长

    为什么：四五百字不分段，读起来很吃力。

    示例：一段六百字的文字。

    修复：无；在哪里另起一段由人判断。

    调整：英文 `words`（350），中文 `characters`（500）。
    """

    words: int = 350
    characters: int = 500

    code = "STR009"
    name = "wall-of-text"
    message = Text("This paragraph has {words} words.", "这一段有 {words} 字。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.paragraphs:
            limit = self.words if block.language == "en" else self.characters
            if block.words > limit:
                yield self.diagnostic(block.span, words=block.words)

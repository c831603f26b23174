from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class SeveralTitles(Rule):
    r"""The text has several level 1 headings.

    Why: level 1 is the title of the document; a second one is usually a section at the wrong level
    or the start of another text.

    Example:

        # Tea

        # Brewing tea

    Fix: none; a person must decide which heading is the title.

    ---
    有多个一级标题

    为什么：一级标题是文档的题目；再出现一个，通常是小节级别用错，或者混进了另一篇文章。

    示例：

        # 茶

        # 泡茶

    修复：无；哪个是题目由人判断。
    """

    code = "STR002"
    name = "several-titles"
    message = Text("The text already has a level 1 heading.", "正文已经有一级标题了。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        titles = [block for block in context.document.headings if block.level == 1]
        for block in titles[1:]:
            yield self.diagnostic(block.span)

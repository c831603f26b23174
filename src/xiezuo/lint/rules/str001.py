from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit


class SkippedLevel(Rule):
    r"""A heading skips a level.

    A heading is more than one level deeper than the heading before it.

    Why: tables of contents and screen readers rely on levels; a skipped level often hides a missing
    part.

    Example:

        ## Brewing

        #### Water

    Fix (unsafe): raise the heading to the expected level; its subsections may need the same change.

    ---
    标题跳级

    标题比前一个标题深了不止一级。

    为什么：目录和读屏软件依赖层级；跳级往往意味着漏了一层内容。

    示例：

        ## 冲泡

        #### 用水

    修复（不安全）：把标题提到相邻的一级；它下面的小节可能也要跟着调整。
    """

    code = "STR001"
    name = "skipped-level"
    fixes = "unsafe"
    message = Text(
        "A level {level} heading follows a level {before} heading.",
        "第 {before} 级标题之后直接出现第 {level} 级标题。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        before = 0
        for block in context.document.headings:
            if before and block.level > before + 1:
                edits: list[Edit] = []
                if context.source[block.span.start :].lstrip(" ").startswith("#"):
                    start = context.source.index("#", block.span.start)
                    edits.append(Edit(start, start + block.level - before - 1, ""))
                yield self.diagnostic(block.span, *edits, level=block.level, before=before)
            before = block.level

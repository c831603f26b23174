from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class NoStructure(Rule):
    r"""The brief asks for no structure.

    Why: The sections a person would want are better than those a small model thinks of; without them an
    outline is generated.

    Example:

        task: Write about tea.

    Fix: none; add `structure`.

    ---
    没有要求结构

    为什么：人想要的小节胜过小模型自己想的；不写时会自动生成大纲。

    示例：

        task: 写一篇关于茶的文章。

    修复：无；请补上 `structure`。
    """

    code = "BRF003"
    name = "no-structure"
    severity = "info"
    needs = "brief"
    message = Text("The brief asks for no sections.", "没有写明结构（structure）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if context.brief and not context.brief.structure:
            yield self.diagnostic(Span(0, 0))

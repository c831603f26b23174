from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class NoStructure(Rule):
    r"""The brief has no structure.

    Why: sections chosen by a person are better than those a small model invents; without a structure,
    an outline is generated.

    Example:

        task: Write about tea.

    Fix: none; add `structure`.

    ---
    没有指定结构

    为什么：你自己定的小节比小模型想的更合适；不写时会自动生成大纲。

    示例：

        task: 写一篇关于茶的文章。

    修复：无；请补上 `structure`。
    """

    code = "BRF003"
    name = "no-structure"
    severity = "info"
    needs = "brief"
    message = Text("The brief has no structure.", "没有写明结构（structure）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if context.brief and not context.brief.structure:
            yield self.diagnostic(Span(0, 0))

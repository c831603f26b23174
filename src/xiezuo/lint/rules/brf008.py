import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.fences import FENCE_MARKER

_FENCE = re.compile(rf"^[ \t]*{FENCE_MARKER}", re.MULTILINE)


class BriefUnclosedFence(Rule):
    r"""A code block in the brief is not closed.

    Why: the model continues writing code.

    Example:

        example: |
          ```python
          print("tea")

    Fix: none; add the closing fence.

    ---
    写作要求里的代码块没有闭合

    为什么：模型会接着写代码。

    示例：

        example: |
          ```python
          print("茶")

    修复：无；请补上闭合围栏。
    """

    code = "BRF008"
    name = "brief-unclosed-fence"
    needs = "brief"
    severity = "error"
    message = Text("A code block in `{key}` is not closed.", "`{key}` 里的代码块没有闭合。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        for key in ("task", "example"):
            if len(_FENCE.findall(getattr(brief, key))) % 2:
                yield self.diagnostic(brief.span(key), key=key)

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import full_width_marks
from xiezuo.lint.code.syntax import can_check, canonical
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_HALF = dict(zip("“”‘’，。；：（）！？、【】《》「」", '""\'\',.;:()!?,[]<>""', strict=True))


class FullWidthInCode(Rule):
    r"""Code contains curly quotes or full-width punctuation.

    Checked outside strings and comments, in languages whose syntax uses ASCII punctuation only.

    Why: no parser accepts them, and they are hard to see.

    Example:

        ```python
        print(“tea”)
        ```

    Fix (safe): replace the mark with its ASCII form.

    ---
    代码里有弯引号或全角标点

    出现在字符串和注释之外。

    为什么：解析器不接受这些符号，而且很难发现。

    示例：

        ```python
        print（“茶”）
        ```

    修复（安全）：换成对应的半角符号。
    """

    code = "COD010"
    name = "full-width-in-code"
    severity = "error"
    fixes = "safe"
    message = Text("“{mark}” should be “{half}” in code.", "代码中的“{mark}”应为“{half}”。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            if (
                not block.closed
                or not can_check(block.language)
                or canonical(block.language) in {"yaml", "html"}
            ):
                continue
            for mark in full_width_marks(block):
                span = block.source_span(*mark.span())
                half = _HALF[mark[0]]
                yield self.diagnostic(span, Edit(*span, half), mark=mark[0], half=half)

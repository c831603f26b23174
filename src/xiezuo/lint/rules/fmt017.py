import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_TOUCHING = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


class MissingCjkSpace(Rule):
    r"""No space between Chinese and Latin text.

    Off by default, because style guides differ. Select `FMT017` to enable it.

    Why: many Chinese style guides require the space, because it makes the text easier to read.

    Example:

        用Python写

    Fix (safe): insert a space.

    ---
    中文与西文之间没有空格

    默认不启用：各家规范不同。需要时请选用 `FMT017`。

    为什么：许多中文排版规范要求加空格，读起来更清楚。

    示例：

        用Python写

    修复（安全）：补上空格。
    """

    code = "FMT017"
    name = "missing-cjk-space"
    severity = "info"
    languages = ("zh",)
    default = False
    fixes = "safe"
    message = Text("A space is missing between Chinese and Latin text.", "中文与西文之间缺少空格。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            for match in _TOUCHING.finditer(block.prose):
                at = block.source_offset(match.start())
                yield self.diagnostic(
                    block.source_span(match.start() - 1, match.start()), Edit(at, at, " ")
                )

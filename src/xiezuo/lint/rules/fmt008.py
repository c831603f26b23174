import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_FULL = re.compile(
    r"(?<=[A-Za-z0-9)\"'\u2060])([，。；：？！、])(?=[\u2060]*(?:[ \n]?[A-Za-z0-9\"'(]|[ \n]?$))"
)
_HALF = dict(zip("，。；：？！、", ",.;:?!,", strict=True))


class FullWidthInEnglish(Rule):
    r"""Full-width punctuation in English text.

    `，。；：？！、` between Latin words in an English passage.

    Why: full-width marks are too wide and leave gaps in the line.

    Example:

        Heat the water，then wait。

    Fix (safe): replace the mark with the half-width form, followed by a space.

    ---
    英文里用了全角标点

    英文段落中拉丁单词之间的 `，。；：？！、`。

    为什么：全角标点太宽，行内会出现空隙。

    示例：

        Heat the water，then wait。

    修复（安全）：换成半角标点，其后补空格。
    """

    code = "FMT008"
    name = "full-width-in-english"
    languages = ("en",)
    fixes = "safe"
    message = Text("“{mark}” in English text should be “{half}”.", "英文里的“{mark}”应为“{half}”。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.texts:
            if block.language != "en":
                continue
            for match in _FULL.finditer(block.prose):
                after = block.content[match.end() : match.end() + 1]
                half = _HALF[match[1]]
                span = block.source_span(*match.span())
                space = " " if after.isalnum() or (after in {'"', "'", "("} and after) else ""
                yield self.diagnostic(span, Edit(*span, half + space), mark=match[1], half=half)

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.edits import Edit

_SENTENCE_END = re.compile(r"[.。！？!?…,，;；]$")
_LONGEST = 60
_DEEPEST = 6


class BoldAsHeading(Rule):
    r"""A bold line is used as a heading.

    A paragraph consists of one short bold phrase and is followed by other content.

    Why: it is missing from the table of contents, so the outline differs from what readers see.

    Example:

        **Water**

        Use soft water.

    Fix (unsafe): turn it into a heading one level below its section.

    ---
    用加粗代替标题

    一段只有一个简短的加粗词组，后面跟着内容。

    为什么：它不会出现在目录里，文章的实际结构与看上去的不同。

    示例：

        **用水**

        宜用软水。

    修复（不安全）：改为比所在小节低一级的标题。
    """

    code = "STR008"
    name = "bold-as-heading"
    fixes = "unsafe"
    message = Text("This bold line is used as a heading.", "这行加粗文字被当作标题使用。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            level = min(section.level + 1, _DEEPEST) if section.heading else 2
            for block, following in zip(section.body, section.body[1:], strict=False):
                if isinstance(block, TextBlock) and not block.depth and _is_bold_line(block):
                    if isinstance(following, TextBlock) and _is_bold_line(following):
                        continue
                    title = block.content.strip().strip("*").rstrip("：:")
                    edit = Edit(*block.source_span(0, len(block.content)), f"{'#' * level} {title}")
                    yield self.diagnostic(block.span, edit)


def _is_bold_line(block: TextBlock) -> bool:
    text = block.content.strip()
    whole = len(block.inline.strong) == 1 and block.inline.strong[0].of(block.content) == text
    return whole and len(text) <= _LONGEST and not _SENTENCE_END.search(text.strip("*"))

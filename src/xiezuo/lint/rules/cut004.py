import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_POWER = re.compile(r"(?:.?\d|(?:^|\W)\w)\*\*(?:\d|\w(?:\W|$))", re.ASCII)  # 2**3, x**2, a**b


class UnclosedEmphasis(Rule):
    r"""Bold text is not closed.

    A paragraph has an odd number of `**` that Markdown displays literally.

    Why: the reader sees asterisks instead of bold text.

    Example:

        Use **soft water for green tea.

    Fix: none; a person must decide where the bold text ends. A mark that nothing follows is removed
    (safe).

    ---
    粗体没有闭合

    段落里有奇数个 `**` 原样显示出来。

    为什么：读者会看到两个星号，而本该突出的文字没有突出。

    示例：

        泡绿茶要用**软水，水温不宜过高。

    修复：粗体到哪里为止由人判断；若标记后面已没有文字，则删除标记（安全）。
    """

    code = "CUT004"
    name = "unclosed-emphasis"
    severity = "error"
    fixes = "safe"
    message = Text("This `**` has no partner.", "这个 `**` 没有成对。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            if "**" not in block.content:
                continue
            marks = literal_marks(block)
            if len(marks) % 2:
                mark = block.source_span(*marks[-1])
                rest = block.content[marks[-1].end :].strip("* ")
                edits = [] if rest else [Edit(*mark, "")]
                yield self.diagnostic(mark, *edits)


def literal_marks(block: TextBlock) -> list[Span]:
    """The `**` of a paragraph that stay asterisks, powers such as `2**3` left out."""
    return [
        run
        for run in block.inline.literal
        if run.end - run.start == 2  # noqa: PLR2004 - two asterisks
        and run.of(block.content) == "**"
        and not _POWER.match(block.content[max(0, run.start - 2) : run.end + 2])
    ]

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import by_title, has_content, same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


class MissingSection(Rule):
    r"""A planned section is missing or empty.

    Each heading of the outline must be in the text, with content below it. Headings are compared without
    numbering, markup and case.

    Why: small models skip parts of the required structure.

    Example (outline: Leaves, Water):

        ## Leaves

        Choose whole leaves.

    Fix: none; the section must be written.

    ---
    计划中的小节缺失或为空

    大纲里的每个标题都应出现在正文中，而且下面有内容。比较标题时不计编号、标记和大小写。

    为什么：小模型会漏掉要求的结构。

    示例（大纲：茶叶、水）：

        ## 茶叶

        选用完整的叶片。

    修复：无；缺的小节要补写。
    """

    code = "CUT006"
    name = "missing-section"
    severity = "error"
    needs = "outline"
    message = Text("The planned section “{heading}” is missing.", "缺少计划中的小节“{heading}”。")
    _empty = Text("The planned section “{heading}” is empty.", "计划中的小节“{heading}”是空的。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        assert context.expected
        known = by_title(context.document)
        end = context.document.end
        for planned in context.expected.sections:
            section = known.get(same_title(planned.heading))
            if section is None:
                yield self.diagnostic(Span(end, end), heading=planned.heading)
            elif not has_content(section):
                assert section.heading
                yield self.diagnostic(
                    section.heading.span, message=self._empty, heading=planned.heading
                )

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import has_content
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class EmptySection(Rule):
    r"""A heading has no content.

    No text, code, table, formula or subsection follows the heading. At the end of the text, this is an
    error: the text stopped there.

    Why: the section was planned but never written.

    Example:

        ## Water

        ## Leaves

        Choose whole leaves.

    Fix: none; write the section or remove its heading.

    ---
    小节是空的

    标题下面没有文字、代码、表格、公式，也没有下级小节。若它在全文末尾，则为错误：正文停在了这里。

    为什么：列了标题，却没有写内容。

    示例：

        ## 用水

        ## 茶叶

        选用完整的叶片。

    修复：无；补写这一节，或删去标题。
    """

    code = "STR004"
    name = "empty-section"
    message = Text("This heading has no content.", "这个标题下面没有内容。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            if section.heading and not has_content(section):
                last = section.heading is context.last_block
                yield self.diagnostic(section.heading.span, severity="error" if last else None)

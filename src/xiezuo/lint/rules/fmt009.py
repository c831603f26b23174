from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_MARKDOWN = {"markdown", "md"}
_MOST_AROUND = 2  # blocks of chatter that may stand around the fence
_LEAST_SHARE = 0.8


class WrappedInFence(Rule):
    r"""The whole answer is wrapped in a code block.

    A `markdown` block, or a block without a language that contains headings, makes up nearly all of
    the text.

    Why: the reader sees Markdown source instead of a document.

    Example:

        ```markdown
        # Tea

        Choose whole leaves.
        ```

    Fix (safe): remove the two fences.

    ---
    整篇回答被包在代码块里

    一个 `markdown` 代码块（或没有标语言、但含有标题的代码块）几乎占了全文。

    为什么：读者看到的是 Markdown 源码，而不是文档。

    示例：

        ```markdown
        # 茶

        选用完整的叶片。
        ```

    修复（安全）：去掉首尾两道围栏。
    """

    code = "FMT009"
    name = "wrapped-in-fence"
    severity = "error"
    fixes = "safe"
    message = Text("The whole text is wrapped in a code block.", "整篇文字被包在代码块里。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        blocks = list(context.document.visible_blocks())
        if len(blocks) > 1 + _MOST_AROUND:
            return
        for block in blocks:
            if isinstance(block, CodeBlock) and block.fence and self._is_document(context, block):
                edits = [
                    Edit(block.opening.start, min(block.opening.end + 1, len(context.source)), "")
                ]
                if block.closed:
                    last = context.document.lines[context.document.line_of(block.span.end)]
                    edits.append(Edit(max(last.start - 1, edits[0].end), last.end, ""))
                yield self.diagnostic(Span(*block.opening), *([] if block.depth else edits))

    def _is_document(self, context: LintContext, block: CodeBlock) -> bool:
        around = len(context.source.strip()) - (block.span.end - block.span.start)
        if around > (1 - _LEAST_SHARE) * len(block.content):
            return False
        headed = block.content.lstrip().startswith("#") or "\n## " in block.content
        return block.language in _MARKDOWN or (
            not block.info and headed and "\n\n" in block.content
        )

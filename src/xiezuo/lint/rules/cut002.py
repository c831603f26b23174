import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.edits import Edit

_MARKER = re.compile(r"[^>\s]")  # a list marker; what stands under it is indented as far
_PROSE = re.compile(r"^(?:#{1,6} \S|[-*] \S.{30}|[^\W\d_].{40,}[.。！？]$)", re.MULTILINE)


class UnclosedFence(Rule):
    r"""A code block is not closed.

    A fence is still open at the end of the text or of its list, or a line inside the block opens
    another block, so the closing fence between the two is missing. Also reported: a fence without a
    language that swallows headings and prose, because it closes a block whose opening fence is lost.

    Why: everything after the fence is displayed as code.

    Example:

        ```python
        print("tea")

    Fix (safe): close a fence that is open at the end there, which is where Markdown ends the block
    anyway. If a second block opens inside, only a person can decide where the first one ends.

    ---
    代码块没有闭合

    围栏到正文（或所在列表）结束仍未闭合，或代码块内又有一行打开新代码块，说明两者之间缺了闭合围栏；
    也包括没有语言、却吞掉标题和正文的围栏：它其实是某个代码块的结束围栏，而起始围栏丢失了。

    为什么：围栏之后的内容会全部显示成代码。

    示例：

        ```python
        print("茶")

    修复（安全）：在 Markdown 本来认定的结尾处补上闭合围栏。若块内又开了新块，第一块到哪里为止只能由人判断。
    """

    code = "CUT002"
    name = "unclosed-fence"
    severity = "error"
    fixes = "safe"
    message = Text("This code block is not closed.", "这个代码块没有闭合。")
    _inner = Text(
        "A code block opens inside another one: the closing fence of the first is missing.",
        "代码块里又打开了一个代码块：前一个缺少闭合围栏。",
    )
    _swallows = Text(
        "This fence turns prose into code: the opening fence of the block before it is missing.",
        "这个围栏把正文变成了代码：前面的代码块缺少起始围栏。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            if _opens_inside(block):
                yield self.diagnostic(block.opening, message=self._inner)
            elif not block.closed:
                yield self.diagnostic(block.opening, _closing(context.source, block))
            elif not block.info and len(_PROSE.findall(block.content)) > 2:  # noqa: PLR2004
                yield self.diagnostic(block.opening, message=self._swallows)


def _opens_inside(block: CodeBlock) -> bool:
    pattern = rf"^ {{0,3}}{re.escape(block.fence)}+[A-Za-z+#]+[^\S\n]*$"
    return re.search(pattern, block.content, re.MULTILINE) is not None


def _closing(source: str, block: CodeBlock) -> Edit:
    opening = block.opening.of(source)
    prefix = _MARKER.sub(" ", opening[: opening.find(block.fence)])
    end = block.span.end
    return Edit(end, end, f"\n{prefix}{block.fence}")

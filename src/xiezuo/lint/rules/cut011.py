from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class EmptyItem(Rule):
    r"""A list item is empty.

    A list marker such as `3.` or `-` has no content after it.

    Why: at the end of a list, the text was cut off there; elsewhere, an item was lost.

    Example:

        1. Heat the water.
        2.

    Fix: none; write the item or remove the marker.

    ---
    列表项是空的

    只有 `3.` 或 `-` 这样的标记，后面没有内容。

    为什么：在列表末尾，它就是被截断处；在中间，则丢了一项。

    示例：

        1. 烧水。
        2.

    修复：无；补写这一项，或删去标记。
    """

    code = "CUT011"
    name = "empty-item"
    severity = "error"
    message = Text("This list item is empty.", "这个列表项是空的。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for item_list in context.document.lists:
            for item in item_list.items:
                if not item.blocks:
                    yield self.diagnostic(item.marker)

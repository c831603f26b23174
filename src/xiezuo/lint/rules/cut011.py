from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class EmptyItem(Rule):
    r"""A list item has nothing in it.

    A marker such as `3.` or `-` stands alone.

    Why: at the end of a list it is where the text was cut off; elsewhere an item got lost.

    Example:

        1. Heat the water.
        2.

    Fix: none; the item must be written, or its marker removed.

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

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_SCHEME = re.compile(r"\s*(?:javascript|vbscript|data|file|jar|blob):", re.IGNORECASE)
_IMAGE_DATA = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp|avif);", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]")


class UnsafeLink(Rule):
    r"""A link that can run code.

    Targets that begin with `javascript:`, `vbscript:`, `data:` (except images), `file:` and similar.

    Why: one click can run code in a page that the reader trusts.

    Example:

        [Read more](javascript:steal())

    Fix (unsafe): replace the link with its text.

    ---
    不安全的链接

    以 `javascript:`、`vbscript:`、`data:`（图片除外）、`file:` 开头的链接。

    为什么：点击后可能在读者信任的页面里执行代码。

    示例：

        [更多](javascript:steal())

    修复（不安全）：只留下链接文字。
    """

    code = "FMT014"
    name = "unsafe-link"
    severity = "error"
    fixes = "unsafe"
    message = Text("This link is not safe: {target}", "这个链接不安全：{target}")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            if ":" not in block.content:
                continue
            for link in block.inline.links:
                target = _CONTROL.sub("", link.href)
                if _SCHEME.match(target) and not (link.image and _IMAGE_DATA.match(target)):
                    span = block.source_span(*link.span)
                    text = link.label.of(block.content)
                    yield self.diagnostic(span, Edit(*span, text), target=target[:40])

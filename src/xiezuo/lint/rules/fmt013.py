import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_UNSAFE = re.compile(
    r"<(?P<tag>script|iframe|object|embed|form|meta|link|base|frame|frameset|applet|style)\b[^<>]{0,2000}>|"
    r"<[a-z][^<>]{0,2000}?\son[a-z]{3,20}\s*=[^<>]{0,2000}>|</(?:script|iframe|style)\s*>",
    re.IGNORECASE,
)
_NEAR = 20_000  # characters
_PAIRED = {"script", "iframe", "object", "form", "frameset", "applet", "style"}


class UnsafeHtml(Rule):
    r"""HTML that can run code or load resources.

    Outside code: `script`, `iframe`, `form` and similar elements, and event handlers such as `onclick`.

    Why: a model can be tricked into writing it, and a page that displays the text would run it.

    Example:

        <img src="x" onerror="steal()">

    Fix (unsafe): remove the element.

    ---
    不安全的 HTML

    代码之外的 `script`、`iframe`、`form` 等元素，以及 `onclick` 一类的事件属性。

    为什么：模型可能被诱导写出这些内容，显示正文的页面就会执行它。

    示例：

        <img src="x" onerror="steal()">

    修复（不安全）：删除该元素。
    """

    code = "FMT013"
    name = "unsafe-html"
    severity = "error"
    fixes = "unsafe"
    message = Text(
        "This HTML can run code or load resources: {text}",
        "这段 HTML 可能执行代码或加载外部内容：{text}",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if "<" not in context.source:
            return
        spans = [block.span for block in context.document.blocks if block.kind == "html"]
        for block in (*context.document.texts, *context.cells):
            spans += (
                [block.source_span(*span) for span in block.inline.html]
                if "<" in block.content
                else []
            )
        reached = 0
        for span in sorted(spans):
            for element in _UNSAFE.finditer(context.source, max(span.start, reached), span.end):
                if element.start() < reached:
                    continue
                extent = Span(element.start(), _end_of_element(context.source, element, span.end))
                reached = extent.end
                yield self.diagnostic(
                    extent, Edit(*extent, ""), text=element[0].split("\n")[0][:40]
                )


def _end_of_element(source: str, opening: re.Match[str], limit: int) -> int:
    """Where an element ends: after its closing tag if that is near, else after the opening one."""
    tag = (opening["tag"] or "").lower()
    if tag not in _PAIRED:
        return opening.end()
    near = source[opening.end() : min(limit, opening.end() + _NEAR)].lower()
    closing = near.find(f"</{tag}>")
    return opening.end() + closing + len(tag) + 3 if closing >= 0 else opening.end()

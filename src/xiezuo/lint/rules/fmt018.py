import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_ESCAPED = re.compile(
    r"(?:\\[nt]){2,}|(?<=[.!?。！？,，;；:：*\s])\\n(?![a-z])|\\u[0-9a-fA-F]{4}|&(?:lt|gt|amp|quot|nbsp);(?=.*&(?:lt|gt|amp|quot|nbsp);)"
)


class EscapedText(Rule):
    r"""The text contains escape sequences.

    `\n`, `\u00e9` and pairs of HTML entities outside code: the text comes from a JSON string or
    from HTML and was not decoded.

    Why: the reader sees the escape sequences, and paragraphs run together.

    Example:

        Heat the water.\n\nThen steep the leaves.

    Fix: none; decode the text at its source.

    ---
    正文里有转义序列

    代码之外的 `\n`、`\u00e9`、成对的 HTML 实体：文字取自 JSON 字符串或 HTML，没有解码。

    为什么：读者会看到转义符，段落也会连在一起。

    示例：

        先烧水。\n\n再放茶叶。

    修复：无；请在读取原文时解码。
    """

    code = "FMT018"
    name = "escaped-text"
    message = Text("“{text}” is an escape sequence.", "“{text}”是转义序列。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        if "\\" not in context.source and "&" not in context.source:
            return
        for block in context.document.texts:
            if "\\" not in block.content and "&" not in block.content:
                continue
            for match in _ESCAPED.finditer(_shown(block.content, block.prose)):
                yield self.diagnostic(block.source_span(*match.span()), text=match[0])


def _shown(content: str, prose: str) -> str:
    """The content with code and formulas blanked."""
    if "\ufffc" not in prose:
        return content
    return "".join(
        " " if shown == "\ufffc" else mark for mark, shown in zip(content, prose, strict=True)
    )

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_HAN = r"[\u3400-\u9fff]"
_HALF = re.compile(
    rf"(?<={_HAN})[\u2060]*(?P<mark>[,;:?!])[\u2060]*[^\S\n]?(?=[\u2060“「『《（]*{_HAN})|(?<={_HAN})(?P<end>[,;?!.])(?=[\u2060]*(?:\s*$|\n))|"
    rf"(?<={_HAN})(?P<stop>\.)(?=[\u2060]*[^\S\n]?{_HAN})"
)
_PARENS = re.compile(rf"(?<={_HAN})\((?=[^()\n]*{_HAN})[^()\n]{{1,60}}\)")
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", ".": "。"}


class HalfWidthInChinese(Rule):
    r"""Half-width punctuation in Chinese text.

    `, ; : ? ! .` between Chinese characters or after one at the end of a line, and parentheses around
    Chinese words. Numbers, code, links and English words are not affected.

    Why: the spacing is wrong, and the text looks careless.

    Example:

        水开了,再放茶叶.

    Fix (safe): replace the mark, and the space after it, with the full-width form.

    ---
    中文里用了半角标点

    汉字之间、行末汉字之后的 `, ; : ? ! .`，以及括住中文的半角括号。数字、代码、链接和英文单词不受影响。

    为什么：字距不对，显得粗糙。

    示例：

        水开了,再放茶叶.

    修复（安全）：换成全角标点，并去掉其后的空格。
    """

    code = "FMT007"
    name = "half-width-in-chinese"
    languages = ("zh",)
    fixes = "safe"
    message = Text("“{mark}” in Chinese text should be “{full}”.", "中文里的“{mark}”应为“{full}”。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            for match in _HALF.finditer(block.prose):
                group = match.lastgroup or "mark"
                mark, full = match[group], _FULL[match[group]]
                space = (
                    match[0].rstrip("\u2060")[len(match[0].rstrip("\u2060").rstrip()) :]
                    if group == "mark"
                    else ""
                )
                start = match.start(group)
                if block.content[start] != mark:
                    continue
                dropped = len(space) if block.content[start + 1 : start + 2] == " " else 0
                span = block.source_span(start, start + 1 + dropped)
                yield self.diagnostic(
                    block.source_span(start, start + 1), Edit(*span, full), mark=mark, full=full
                )
            for match in _PARENS.finditer(block.prose):
                left, right = match.start(), match.end() - 1
                if block.content[left] == "(" and block.content[right] == ")":
                    edits = (
                        Edit(*block.source_span(left, left + 1), "（"),
                        Edit(*block.source_span(right, right + 1), "）"),
                    )
                    yield self.diagnostic(
                        block.source_span(left, right + 1), *edits, mark="()", full="（）"
                    )

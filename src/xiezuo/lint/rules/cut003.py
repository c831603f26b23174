import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock

_MARKS = re.compile(r"[()（）\[\]【】《》「」『』“”`]")
_OPENERS = {"(": "p", "（": "p", "[": "p", "【": "l", "《": "b", "「": "c", "『": "d", "“": "q"}
_CLOSERS = {")": "p", "）": "p", "]": "p", "】": "l", "》": "b", "」": "c", "』": "d", "”": "q"}
_FACE_OR_INTERVAL = re.compile(r"[:;=8][-'^]?$")
_ENUMERATOR = re.compile(
    r"(?:^|[\s(（，,。;；:：、])[A-Za-z0-9一二三四五六七八九十]{1,3}$|[:;=][-'^]?$"
)
_LOOK_BACK = 6


class UnclosedBracket(Rule):
    r"""A bracket, quotation mark or code mark has no partner.

    Brackets `( [ （ 【 《 「 『`, quotation marks `“` and backticks of each paragraph are paired. A
    quotation that continues in the next paragraph may stay open.

    Why: a missing partner often marks where generation broke off or where a link or code span is
    broken.

    Example:

        Steep the leaves (three minutes at 90 °C and pour.

    Fix: none; a person must decide where the partner belongs.

    ---
    括号、引号或代码标记没有成对

    在每个段落内配对 `( [ （ 【 《 「 『`、引号 `“` 和反引号。引文延续到下一段时，上一段不闭合是正常写法。

    为什么：丢了另一半，往往是生成中断处，或是链接、行内代码坏掉的地方。

    示例：

        泡茶用九十度的水（约三分钟，然后倒出。

    修复：无；另一半该放在哪里由人判断。
    """

    code = "CUT003"
    name = "unclosed-bracket"
    message = Text("{mark} has no partner in this paragraph.", "{mark} 在本段内没有成对。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        blocks = context.document.texts
        for index, block in enumerate(blocks):
            if _MARKS.search(block.prose):
                following = blocks[index + 1] if index + 1 < len(blocks) else None
                last = block is context.last_block
                for at in _unpaired(block, following):
                    yield self.diagnostic(
                        block.source_span(at, at + 1),
                        severity="error" if last and block.content[at] not in _CLOSERS else None,
                        mark=block.content[at],
                    )


def _unpaired(block: TextBlock, following: TextBlock | None) -> list[int]:
    prose = block.prose
    open_marks: dict[str, list[int]] = {}
    unpaired: list[int] = []
    for match in _MARKS.finditer(prose):
        mark, at = match[0], match.start()
        before = prose[max(0, at - _LOOK_BACK) : at]
        if mark in _OPENERS:
            if not _FACE_OR_INTERVAL.search(before):
                open_marks.setdefault(_OPENERS[mark], []).append(at)
        elif mark == "`":
            unpaired.append(at)
        elif opened := open_marks.get(_CLOSERS[mark]):
            opened.pop()
        elif not _ENUMERATOR.search(before) and not (mark in ")]" and not before.strip()):
            unpaired.append(at)
    if following and following.prose.lstrip("\u2060 >")[:1] == "“":
        open_marks.pop("q", None)
    unpaired += [at for waiting in open_marks.values() for at in waiting]
    return sorted(unpaired)[:5]

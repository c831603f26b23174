import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.span import Span


@dataclass(frozen=True)
class LowInformation(Rule):
    r"""A passage has little content for its length.

    The prose is divided into windows, and each is compressed. A window that shrinks far more than
    usual for its language repeats itself, even if the words vary.

    Why: it can be cut to half its length without loss.

    Example: a page that says in ten ways that tea is healthy.

    Fix: none; condense it.

    Tune: `window` (characters, 3000), `ratio_en` (3.2), `ratio_zh` (2.6): the ratio of original
    to compressed size. Few human texts reach 3, almost none 4.

    ---
    篇幅长而信息少

    把正文切成窗口逐个压缩；压缩后比同语言的一般文字小得多，说明不管换什么词，都是在重复。

    为什么：删掉一半也不损失内容。

    示例：翻来覆去用十种说法讲喝茶有益健康。

    修复：无；精简。

    调整：`window`（字符数，3000）、`ratio_en`（3.2）、`ratio_zh`（2.6）：压缩前后大小之比。人写的文章很少达到 3，
    几乎没有达到 4 的。
    """

    window: int = 3000
    ratio_en: float = 3.2
    ratio_zh: float = 2.6

    code = "PAD003"
    name = "low-information"
    message = Text(
        "These {characters} characters compress by a factor of {ratio:.1f}: they are repetitive.",
        "这 {characters} 个字符的压缩比达 {ratio:.1f}：内容重复。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        gathered: list[TextBlock] = []
        size = 0
        for block in context.document.paragraphs:
            gathered.append(block)
            size += len(block.plain)
            if size >= self.window:
                yield from self._judge(gathered, size)
                gathered, size = [], 0
        if size * 2 >= self.window:
            yield from self._judge(gathered, size)

    def _judge(self, blocks: list[TextBlock], size: int) -> Iterator[Diagnostic]:
        limit = self.ratio_zh if blocks[0].language == "zh" else self.ratio_en
        data = "\n".join(block.plain for block in blocks).encode("utf-8", "replace")
        ratio = len(data) / len(zlib.compress(data, 6))
        if ratio > limit:
            yield self.diagnostic(
                Span(blocks[0].span.start, blocks[-1].span.end), characters=size, ratio=ratio
            )

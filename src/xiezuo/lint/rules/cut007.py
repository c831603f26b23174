import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.numerals import NUMERAL_EN, NUMERAL_ZH, number_of
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Block, CodeBlock, Table, TextBlock
from xiezuo.markdown.document import Section

_THINGS_ZH = (
    r"(?:步骤|方面|部分|阶段|要点|原因|方法|建议|技巧|原则|因素|大|个|种|点|条|步|项|类|段)+"
)
_THINGS_EN = (
    r"(?:steps?|ways?|reasons?|points?|tips?|methods?|parts?|stages?|phases?|factors?|principles?|"
    r"things?|items?|features?|benefits?|rules?|types?|kinds?|options?|advantages?|ideas?|"
    r"questions?|examples?|strategies|categories|practices|aspects?|components?|elements?)"
)
_ANNOUNCED = re.compile(
    rf"(?:以下|下面|如下)(?:的)?(?P<a>{NUMERAL_ZH})\s*{_THINGS_ZH}|"
    rf"(?P<b>{NUMERAL_ZH})\s*{_THINGS_ZH}[^。！？：:\n]{{0,12}}(?:如下)?[：:]\s*$|"
    rf"\b(?:following|these|below)\s+(?P<c>{NUMERAL_EN})\s+(?:\w+\s+){{0,2}}{_THINGS_EN}\b|"
    rf"\b(?P<d>{NUMERAL_EN})\s+(?:\w+\s+){{0,2}}{_THINGS_EN}\b[^.!?:\n]{{0,40}}:\s*$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"第[一二三四五六七八九十]|其[一二三四五六]|首先|其次|再次|最后|[（(]\d[)）]|[①-⑩]|"
    r"\b(?:first|second|third|fourth|fifth|sixth|finally|lastly)(?:ly)?\b",
    re.IGNORECASE,
)
_LED = re.compile(
    r"\s*(?:\*\*|\d+[.、)）]|[一二三四五六七八九十]+、|[①-⑩]|step\s+\d|第.步)", re.IGNORECASE
)
_MOST = 20


class AnnouncedItems(Rule):
    r"""Fewer items follow than were announced.

    A sentence announces a number of items ("the following four steps", ending in a colon), but the
    list, paragraphs or subsections after it contain fewer.

    Why: the reader misses an announced point; often the text was cut off there.

    Example:

        Brewing takes the following three steps:

        1. Heat the water.
        2. Steep the leaves.

    Fix: none; write the missing item or correct the number.

    ---
    列出的项目比预告的少

    一句话预告了数量（“以下三点”、以冒号结尾的“四个步骤：”），后面的列表、段落或小节却没有那么多。

    为什么：预告的要点没有出现；这里常常就是被截断的地方。

    示例：

        泡茶有以下三个步骤：

        1. 烧水。
        2. 冲泡。

    修复：无；补写缺的一项，或改正数字。
    """

    code = "CUT007"
    name = "announced-items"
    severity = "error"
    message = Text(
        "{announced} items are announced, but only {given} follow.",
        "预告了 {announced} 项，只列出 {given} 项。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            for index, block in enumerate(section.body):
                if not isinstance(block, TextBlock) or block.depth:
                    continue
                match = _ANNOUNCED.search(block.prose)
                announced = number_of(match[match.lastgroup]) if match and match.lastgroup else 0
                if not match or not 1 < announced <= _MOST:
                    continue
                given = _delivered(context, section, block, index, match.end())
                if given is not None and given < announced:
                    yield self.diagnostic(
                        block.source_span(*match.span()), announced=announced, given=given
                    )


def _delivered(
    context: LintContext, section: Section, block: TextBlock, index: int, after: int
) -> int | None:
    """How many items follow the announcement; none if that cannot be told."""
    rest = section.body[index + 1 :]
    if any(
        isinstance(following, Table | CodeBlock) or following.kind in {"html", "math"}
        for following in rest
    ):
        return None
    ordinals = len(set(_ORDINAL.findall(block.prose[after:]))) + sum(map(_ordinals, rest))
    listed = _first_list(context, rest)
    led = sum(
        1
        for following in rest
        if isinstance(following, TextBlock)
        and not following.depth
        and _LED.match(following.content)
    )
    top = [other for other in context.document.sections if other.heading and other.parent is None]
    below = len(section.children if section.heading else top)
    inline = (
        len(re.split(r"[、；;]|,| and ", block.prose[after:])) if block.prose[after:].strip() else 0
    )
    most = max(ordinals, listed, led, below, inline)
    if most <= 1 and rest and not listed:
        return None
    return most


def _ordinals(block: Block) -> int:
    return len(set(_ORDINAL.findall(block.prose))) if isinstance(block, TextBlock) else 0


def _first_list(context: LintContext, rest: list[Block]) -> int:
    """Items of the lists among the following blocks, counted at their outermost level."""
    if not rest:
        return 0
    start, end = rest[0].span.start, rest[-1].span.end
    inside = [
        item_list for item_list in context.document.lists if start <= item_list.span.start <= end
    ]
    outermost = min((item_list.depth for item_list in inside), default=0)
    return sum(len(item_list.items) for item_list in inside if item_list.depth == outermost)

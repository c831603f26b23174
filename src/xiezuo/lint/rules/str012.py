import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.numerals import number_of
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_NUMBER = r"(?P<number>\d+(?:[.,]\d+)*|[二两三四五六七八九十]{1,3}|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b)"
_FACTS = re.compile(
    # a total of 12 students; 共有 12 名学生
    rf"(?:\b(?P<total>total of|consists of|is divided into|is made up of|comprises)\s+{_NUMBER}\s+(?P<noun>[a-z]+(?: [a-z]+)?))|"
    rf"(?:(?P<total_zh>总共|一共|共有|共计|总计|共)(?:有|分为|包括|包含|为)?\s*{_NUMBER.replace('number', 'number2')}\s*(?P<noun_zh>[个名位条台座所项章步种人只家篇本年天][\u4e00-\u9fff]{{0,3}}))|"
    # the boiling point is 80 °C; 水温为 80 度
    rf"(?:\b[Tt]he (?P<subject>[a-z]+(?: [a-z]+){{0,3}}) (?:is|was|costs|takes|weighs|measures)(?: about| around)?\s+[$€£¥]?{_NUMBER.replace('number', 'number3')}\s?(?P<unit>[A-Za-z°%]+)?)|"
    rf"(?:(?:^|[，。；：、,\s])(?P<subject_zh>[\u4e00-\u9fff]{{2,10}}?)(?:约?为|是|达到?|需要?|约)\s*{_NUMBER.replace('number', 'number4')}\s?(?P<unit_zh>[\u4e00-\u9fff°℃%]{{1,3}}|[A-Za-z]{{1,4}}))",
)
_NUMBERS = ("number", "number2", "number3", "number4")
_THINGS = ("noun", "noun_zh", "subject", "subject_zh")
_UNITS = ("unit", "unit_zh")


class ConflictingQuantity(Rule):
    r"""The same quantity is given different values.

    Totals ("a total of 12 students", "共有十二名学生") and values of the same subject and unit
    ("the boiling point is 80 °C") are compared throughout the text.

    Why: a model that writes section by section forgets its earlier numbers.

    Example:

        The class has a total of 12 students. … Of a total of 15 students, four left.

    Fix: none; a person must decide which value is right.

    ---
    同一个数量前后不一

    比较全文中的总数（“共有十二名学生”）和同一主语、同一单位的数值（“沸点为 80 度”）。

    为什么：模型一节一节地写，会忘记自己用过的数字。

    示例：

        全班共有12名学生。……全班共有15名学生，其中四名离开。

    修复：无；哪个数字对由人判断。
    """

    code = "STR012"
    name = "conflicting-quantity"
    message = Text(
        "“{thing}” is {before} in line {line} but {number} here.",
        "第 {line} 行的“{thing}”是 {before}，这里是 {number}。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        known: dict[tuple[str, str], tuple[str, int]] = {}
        for block in context.document.paragraphs:
            for match in _FACTS.finditer(block.prose):
                number = _group(match, _NUMBERS)
                key = (_group(match, _THINGS), _group(match, _UNITS))
                value = _value(number)
                if key in known and known[key][0] != value:
                    before, line = known[key]
                    span = block.source_span(*match.span())
                    yield self.diagnostic(
                        span, thing=key[0], before=before, number=number, line=line + 1
                    )
                known.setdefault(key, (value, block.line))


def _group(match: re.Match[str], names: tuple[str, ...]) -> str:
    return next((match[name] for name in names if match[name]), "")


def _value(number: str) -> str:
    return str(number_of(number)) if not number[0].isdigit() else number.replace(",", "")

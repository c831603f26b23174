import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_TWICE = re.compile(
    r"\b(?P<en>[A-Za-z']+)(?P<gap>\s+)(?P=en)\b(?!\s*[-—])|(?P<zh>[\u4e00-\u9fff]{2,6}?)(?P=zh)(?P=zh)?|(?P<one>[的了是在和与把被这那])(?P=one)",
)
_ON_PURPOSE = frozenset(("that had bye no very so ha la many far long blah knock there").split())
_ZH_ON_PURPOSE = re.compile(
    r"^(?:研究|讨论|商量|考虑|学习|打听|了解|收拾|休息|检查|试试|看看|慢慢|渐渐|天天|人人|年年|常常|往往|偏偏|整理|练习|比较|活动|放松|准备|介绍|联系|分析|尝试|体验|思考|认识|锻炼|明白|清楚|哈哈|呵呵|嘻嘻|嘿嘿|一个|一步|一次|一点|一层|一遍|一代|一天|一条|一件|一声|一下|一句|一行|一段|一页|(.)\1).*$"
)

_GLUE = frozenset("的不之与和")


class DoubledWord(Rule):
    r"""A word is doubled.

    English words except those that may double ("that that", "had had", "very very"), Chinese words of
    two or more characters, and particles such as 的的. Chinese verbs that double on purpose
    (研究研究) and phrases such as 一步一步 are not reported.

    Why: a sampling error that can start a loop.

    Example:

        Heat the the water.

    Fix (unsafe): remove the second one.

    ---
    连着写了两遍同一个词

    英文单词（可以叠用的除外），两个字以上的中文词，以及“的的”一类的虚词。有意叠用的动词（研究研究）和
    “一步一步”不算。

    为什么：属于采样失误，也可能引发循环。

    示例：

        我们我们先烧水，再放入新鲜的的茶叶。

    修复（不安全）：删去后一个。
    """

    code = "REP007"
    name = "doubled-word"
    fixes = "unsafe"
    message = Text("“{word}” is written twice.", "“{word}”连着写了两遍。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            for match in _TWICE.finditer(block.prose):
                word = match["en"] or match["zh"] or match["one"]
                if word.lower() in _ON_PURPOSE or (match["zh"] and _ZH_ON_PURPOSE.match(word)):
                    continue
                if match["zh"] and (_GLUE & set(word) or word[0] in "是数"):
                    continue  # 的边的边, 是不是不: the end of one phrase and the start of the next
                if match["en"] and (len(word) == 1 or (word.istitle() and len(word) > 3)):  # noqa: PLR2004
                    continue
                span = block.source_span(*match.span())
                first = block.source_span(match.start(), match.start() + len(word))
                yield self.diagnostic(span, Edit(first.end, span.end, ""), word=word)

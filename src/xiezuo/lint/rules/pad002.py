import re
from collections.abc import Iterator
from functools import cache

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.phrases import words
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.words import TextLanguage


class StockOpening(Rule):
    r"""A paragraph opens with a stock phrase.

    "In today's fast-paced world", "Have you ever wondered", "随着…的发展", "众所周知" at the start of
    a paragraph.

    Why: the first words get the most attention, and these could open any text.

    Example:

        In today's fast-paced world, tea is more popular than ever.

    Fix: none; begin with the subject of the paragraph.

    ---
    以套话开头

    段落以“随着……的发展”“在当今社会”“众所周知”“In today's fast-paced world”一类的话开头。

    为什么：开头的话最受注意，而这些话放在哪篇文章都行。

    示例：

        随着社会的不断发展，喝茶的人越来越多。

    修复：无；直接从要说的事情开始。
    """

    code = "PAD002"
    name = "stock-opening"
    message = Text("“{phrase}” could open any text.", "“{phrase}”放在哪篇文章开头都行。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.paragraphs:
            if match := _openings(block.language).match(block.prose):
                end = block.sentences[0].end
                yield self.diagnostic(
                    block.source_span(0, min(match.end(), end)), phrase=match[0].strip()
                )


@cache
def _openings(language: TextLanguage) -> re.Pattern[str]:
    entries = words(f"stock-{language}", "openings")
    return re.compile(rf"[\s\u2060>]*(?:{'|'.join(entries)})", re.IGNORECASE)

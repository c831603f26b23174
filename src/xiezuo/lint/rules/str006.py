from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import by_title, has_content, same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span


@dataclass(frozen=True)
class PlannedLength(Rule):
    r"""A section or the text is far from its planned length.

    Compares each section with its target length, and the whole text with the length in the brief.

    Why: with a third of the words, it is only an outline; with three times as many, it is padded.

    Example (outline: Leaves, 300 words):

        ## Leaves

        Choose whole leaves.

    Fix: none; extend or condense the section.

    Tune: `tolerance` (0.5) is the allowed deviation of a section, as a share of its target; `total`
    (0.3) that of the whole text.

    ---
    篇幅与计划相差太远

    有目标字数的小节与目标比较，全文与要求的总字数比较。

    为什么：只有三分之一就只是提纲，多出两倍则是灌水。

    示例（大纲：茶叶，300 字）：

        ## 茶叶

        选用完整的叶片。

    修复：无；续写或精简。

    调整：`tolerance` 是小节允许的偏差（0.5）；`total` 是全文允许的偏差（0.3）。
    """

    tolerance: float = 0.5
    total: float = 0.3

    code = "STR006"
    name = "planned-length"
    needs = "outline"
    message = Text(
        "“{title}” has {words} words; {target} were planned.",
        "“{title}”有 {words} 字，计划 {target} 字。",
    )
    _whole = Text(
        "The text has {words} words; {target} were planned.", "全文 {words} 字，计划 {target} 字。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        assert context.expected
        known = by_title(context.document)
        for planned in context.expected.sections:
            section = known.get(same_title(planned.heading))
            if not section or not section.heading or not planned.words or not has_content(section):
                continue
            if abs(section.words - planned.words) > self.tolerance * planned.words:
                yield self.diagnostic(
                    section.heading.span,
                    title=section.title,
                    words=section.words,
                    target=planned.words,
                )
        target, words = context.expected.words, context.document.words
        if target and abs(words - target) > self.total * target:
            end = context.document.end
            yield self.diagnostic(Span(end, end), message=self._whole, words=words, target=target)

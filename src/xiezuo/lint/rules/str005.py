from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import by_title, same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class UnplannedStructure(Rule):
    r"""The sections or their order differ from the outline.

    Compares the sections at the level of the planned ones with the outline. Missing sections are
    reported by `CUT006`.

    Why: a text that departs from its outline answers a different question.

    Example (outline: Leaves, Water):

        ## Water

        Use soft water.

        ## Leaves

        Choose whole leaves.

    Fix: none; move, rename or remove the section.

    ---
    小节与大纲不符，或次序不对

    把与计划小节同级的标题与大纲对照。缺少的小节由 `CUT006` 报告。

    为什么：偏离大纲的文章，答的是另一个问题。

    示例（大纲：茶叶、水）：

        ## 水

        用软水。

        ## 茶叶

        选用完整的叶片。

    修复：无；移动、改名或删去该小节。
    """

    code = "STR005"
    name = "unplanned-structure"
    needs = "outline"
    message = Text("“{title}” is not in the outline.", "大纲里没有“{title}”。")
    _order = Text("“{title}” is not in the order of the outline.", "“{title}”的次序与大纲不符。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        assert context.expected
        order = {
            same_title(planned_section.heading): at
            for at, planned_section in enumerate(context.expected.sections)
        }
        known = by_title(context.document)
        planned = [known[key] for key in order if key in known]
        if not planned:
            return
        level = min(section.level for section in planned)
        reached = -1
        for section in context.document.sections:
            if section.heading is None or section.level != level:
                continue
            at = order.get(same_title(section.title))
            if at is None:
                yield self.diagnostic(section.heading.span, title=section.title)
            elif at < reached:
                yield self.diagnostic(
                    section.heading.span, message=self._order, title=section.title
                )
            reached = max(reached, at or 0)

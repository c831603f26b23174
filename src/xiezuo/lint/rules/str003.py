from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class DuplicateHeading(Rule):
    r"""Two sibling sections have the same heading.

    Compares the sections under the same parent, ignoring numbering, markup and case.

    Why: a model that loses track writes a section twice.

    Example:

        ## Conclusion

        Drink it hot.

        ## Conclusion

    Fix: none; merge, rename or remove one of the sections.

    ---
    同级标题重复

    比较同一上级下的小节标题，不计编号、标记和大小写。

    为什么：模型忘记写到哪里时，会把同一节再写一遍。

    示例：

        ## 总结

        趁热喝。

        ## 总结

    修复：无；需要合并、改名或删去其中一节。
    """

    code = "STR003"
    name = "duplicate-heading"
    severity = "error"
    message = Text(
        "Line {line} already has the heading “{title}”.", "第 {line} 行已有标题“{title}”。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        seen: dict[tuple[int, int, str], int] = {}
        for section in context.document.sections:
            if section.heading is None or not (key := same_title(section.title)):
                continue
            place = (id(section.parent), section.level, key)
            if place in seen:
                yield self.diagnostic(section.heading.span, title=section.title, line=seen[place])
            seen.setdefault(place, section.heading.line + 1)

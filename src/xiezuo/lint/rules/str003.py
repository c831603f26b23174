from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class DuplicateHeading(Rule):
    r"""Two sections side by side have the same heading.

    Sections under the same parent are compared; numbering, markup and case do not count.

    Why: a model that lost its place writes a section twice.

    Example:

        ## Conclusion

        Drink it hot.

        ## Conclusion

    Fix: none; one of the two must be merged, renamed or removed.

    ---
    同级标题重复

    比较同一上级下的小节标题，不计编号、标记和大小写。

    为什么：模型写着写着忘了进度，会把同一节再写一遍。

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
        "“{title}” is already the heading of line {line}.", "第 {line} 行已有标题“{title}”。"
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

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_HASHES = re.compile(r"^(#{1,6})(?=[^\s#])(?!#)(?P<title>.*)$", re.MULTILINE)
_NOT_A_TITLE = re.compile(
    r"^(?:include|define|if|ifdef|ifndef|endif|else|pragma|!|\d+\b|[0-9a-fA-F]{3,6}\b)"
)


class HeadingWithoutSpace(Rule):
    r"""A heading has no space after its `#`.

    Lines of a paragraph that begin with `##` and a word; with a single `#`, only if the
    line is a paragraph of its own and does not look like a hashtag.

    Why: Markdown displays the `#` literally instead of a heading.

    Example:

        ##Water

    Fix (safe): insert a space.

    ---
    标题的 `#` 后面缺少空格

    以 `##` 紧接文字开头的行；单个 `#` 只在独占一段且不像话题标签时才报告。

    为什么：Markdown 会原样显示 `#`，而不是标题。

    示例：

        ##用水

    修复（安全）：补上空格。
    """

    code = "FMT004"
    name = "heading-without-space"
    severity = "error"
    fixes = "safe"
    message = Text("A space is missing after `{hashes}`.", "`{hashes}` 后面缺少空格。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        several = len(context.document.headings) > 0
        for block in context.document.paragraphs:
            if "#" not in block.content:
                continue
            for match in _HASHES.finditer(block.content):
                hashes, title = match[1], match["title"]
                alone = "\n" not in block.content
                tag = len(hashes) == 1 and (
                    not alone
                    or (not several and " " not in title and len(title) > 12)  # noqa: PLR2004
                    or " #" in title
                    or block.depth > 0
                    or match.start() != 0
                    or _NOT_A_TITLE.match(title)
                )
                if not tag:
                    span = block.source_span(match.start(), match.start(1) + len(hashes))
                    yield self.diagnostic(span, Edit(span.end, span.end, " "), hashes=hashes)

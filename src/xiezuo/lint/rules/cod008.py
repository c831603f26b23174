from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidHtml(Rule):
    r"""HTML that does not parse.

    Tags must be paired, except those that HTML closes implicitly. Code that merely stops too early is
    reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```html
        <ul><b>tea</ul></b>
        ```

    Fix: none; correct the code.

    ---
    HTML 无法解析

    检查标签配对，HTML 允许省略结束标签的除外。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```html
        <ul><b>tea</ul></b>
        ```

    修复：无；需要改正代码。
    """

    code = "COD008"
    name = "invalid-html"
    severity = "error"
    message = Text("This HTML does not parse: {detail}.", "这段 HTML 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "html"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

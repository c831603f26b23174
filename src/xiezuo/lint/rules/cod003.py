from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidJson(Rule):
    r"""JSON that does not parse.

    Checked by the standard library's parser; JSON Lines, comments and the inside of an object are
    accepted. Code that merely stops too early is reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```json
        {"tea": "green",}
        ```

    Fix: none; correct the code.

    ---
    JSON 无法解析

    用标准库解析；JSON Lines、注释、对象内部的片段都可以。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```json
        {"tea": "green",}
        ```

    修复：无；需要改正代码。
    """

    code = "COD003"
    name = "invalid-json"
    severity = "error"
    message = Text("This JSON does not parse: {detail}.", "这段 JSON 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "json"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

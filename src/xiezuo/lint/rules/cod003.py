from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidJson(Rule):
    r"""JSON that does not parse.

    The standard library's parser reads it; JSON Lines, comments and the inside of an object are
    accepted. Code that only stops too early is `CUT005`.

    Why: whoever copies it gets an error instead of a result.

    Example:

        ```json
        {"tea": "green",}
        ```

    Fix: none; the code must be corrected.

    ---
    JSON 无法解析

    用标准库解析；JSON Lines、注释、对象内部的片段都可以。只是没写完的代码由 `CUT005` 报告。

    为什么：照抄的人只会得到报错。

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

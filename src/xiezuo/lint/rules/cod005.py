from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidToml(Rule):
    r"""TOML that does not parse.

    The standard library's parser reads it. Code that only stops too early is `CUT005`.

    Why: whoever copies it gets an error instead of a result.

    Example:

        ```toml
        tea = green
        ```

    Fix: none; the code must be corrected.

    ---
    TOML 无法解析

    用标准库解析。只是没写完的代码由 `CUT005` 报告。

    为什么：照抄的人只会得到报错。

    示例：

        ```toml
        tea = green
        ```

    修复：无；需要改正代码。
    """

    code = "COD005"
    name = "invalid-toml"
    severity = "error"
    message = Text("This TOML does not parse: {detail}.", "这段 TOML 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "toml"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

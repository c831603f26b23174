from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidShell(Rule):
    r"""shell that does not parse.

    tree-sitter's bash grammar reads it; prompts (`$ `) and their output are left alone. Code that only stops too early is `CUT005`.

    Why: whoever copies it gets an error instead of a result.

    Example:

        ```bash
        if [ -f tea ]; do echo; fi
        ```

    Fix: none; the code must be corrected.

    ---
    shell 脚本 无法解析

    用 tree-sitter 的 bash 语法解析；带 `$ ` 提示符的会话记录不检查。只是没写完的代码由 `CUT005` 报告。

    为什么：照抄的人只会得到报错。

    示例：

        ```bash
        if [ -f tea ]; do echo; fi
        ```

    修复：无；需要改正代码。
    """

    code = "COD007"
    name = "invalid-shell"
    severity = "error"
    message = Text("This shell does not parse: {detail}.", "这段 shell 脚本 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "bash"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

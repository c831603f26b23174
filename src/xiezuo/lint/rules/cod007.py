from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidShell(Rule):
    r"""Shell code that does not parse.

    Checked by tree-sitter's bash grammar; sessions with prompts (`$ `) and their output are skipped.
    Code that merely stops too early is reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```bash
        if [ -f tea ]; do echo; fi
        ```

    Fix: none; correct the code.

    ---
    shell 脚本无法解析

    用 tree-sitter 的 bash 语法解析；带 `$ ` 提示符的会话记录不检查。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```bash
        if [ -f tea ]; do echo; fi
        ```

    修复：无；需要改正代码。
    """

    code = "COD007"
    name = "invalid-shell"
    severity = "error"
    message = Text(
        "This shell code does not parse: {detail}.", "这段 shell 脚本无法解析：{detail}。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "bash"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class PythonSyntax(Rule):
    r"""Python that does not parse.

    Python's own parser checks each block; notebook magic (`%`, `!`) is accepted and `>>>` sessions are
    skipped. Code that merely stops too early is reported by `CUT005`, a wrong language tag by
    `COD012`, full-width punctuation by `COD010`.

    Why: readers who copy it get a SyntaxError instead of a result.

    Example:

        ```python
        def steep(minutes:
            return minutes
        ```

    Fix: none; correct the code.

    ---
    Python 代码有语法错误

    用 Python 自己的解析器逐块检查，支持笔记本的 `%`、`!` 命令，不检查带 `>>>` 的会话。只是没写完的代码由 `CUT005`
    报告，语言标错由 `COD012`，全角符号由 `COD010`。

    为什么：读者复制后运行只会得到 SyntaxError。

    示例：

        ```python
        def steep(minutes:
            return minutes
        ```

    修复：无；需要改正代码。
    """

    code = "COD001"
    name = "python-syntax"
    severity = "error"
    message = Text("This Python does not parse: {detail}.", "这段 Python 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "python"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

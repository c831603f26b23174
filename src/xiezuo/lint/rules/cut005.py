from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.syntax import problem_of
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class UnfinishedCode(Rule):
    r"""Code stops inside a construct.

    At the end of the block, a bracket, string or block statement is still open. Checked for Python,
    JSON, JavaScript, TypeScript, shell and SQL; for C, C++, Java, Go, Rust and others, only brackets
    are checked.

    Why: such code cannot run; the rest was never written.

    Example:

        ```python
        def steep(minutes):
        ```

    Fix: none; the missing code must be written.

    ---
    代码在结构中间断掉

    到代码块结束时，仍有括号、字符串或语句块没有结束。检查 Python、JSON、JavaScript、TypeScript、shell、SQL；
    C、C++、Java、Go、Rust 等只看括号。

    为什么：这样的代码不能运行，缺的部分根本没有写出来。

    示例：

        ```python
        def steep(minutes):
        ```

    修复：无；缺的代码要续写。
    """

    code = "CUT005"
    name = "unfinished-code"
    severity = "error"
    message = Text("The code stops inside a construct: {detail}.", "代码在结构中间断掉：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            problem = problem_of(block.language, block.content)
            if problem and problem.unfinished and block.closed:
                yield self.diagnostic(problem.spot(block), detail=problem.detail)

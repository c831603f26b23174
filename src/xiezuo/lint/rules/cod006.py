from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidJavaScript(Rule):
    r"""JavaScript or TypeScript that does not parse.

    Checked by tree-sitter's grammars. Code that merely stops too early is reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```javascript
        let tea = ;
        ```

    Fix: none; correct the code.

    ---
    JavaScript 或 TypeScript 无法解析

    用 tree-sitter 的语法解析。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```javascript
        let tea = ;
        ```

    修复：无；需要改正代码。
    """

    code = "COD006"
    name = "invalid-javascript"
    severity = "error"
    message = Text("This {kind} does not parse: {detail}.", "这段 {kind} 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "javascript", "typescript", "tsx"):
            yield self.diagnostic(problem.spot(block), kind=block.language, detail=problem.detail)

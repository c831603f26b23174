from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidSql(Rule):
    r"""SQL that does not parse.

    Checked by tree-sitter's SQL grammar. Dialects differ, so this is only a warning. Code that merely
    stops too early is reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```sql
        SELECT FROM WHERE tea
        ```

    Fix: none; correct the code.

    ---
    SQL 无法解析

    用 tree-sitter 的 SQL 语法解析。各家方言不同，因此只作警告。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```sql
        SELECT FROM WHERE tea
        ```

    修复：无；需要改正代码。
    """

    code = "COD009"
    name = "invalid-sql"
    severity = "warning"
    message = Text("This SQL does not parse: {detail}.", "这段 SQL 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "sql"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

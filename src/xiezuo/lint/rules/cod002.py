from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.python import python_findings
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class UndefinedName(Rule):
    r"""Python uses an undefined name.

    Ruff's F821 for all Python blocks in reading order: a block may use what an earlier one imports or
    defines. A block announced as complete ("the complete program", "完整代码") must
    work on its own; in it, an undefined name is an error.

    Why: the code raises a NameError; usually an import or a function was never written.

    Example:

        ```python
        print(math.pi)
        ```

    Fix: none; define or import the name.

    ---
    Python 使用了未定义的名称

    对全文的 Python 代码块按阅读顺序运行 ruff 的 F821：后面的块可以使用前面块导入或定义的名称。被称为
    “完整代码”的块必须能单独成立，否则为错误。

    为什么：运行会得到 NameError，通常是漏写了导入或函数。

    示例：

        ```python
        print(math.pi)
        ```

    修复：无；请定义或导入该名称。
    """

    code = "COD002"
    name = "undefined-name"
    message = Text("{detail}.", "{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for finding in python_findings(context):
            if finding.rule == "F821":
                yield self.diagnostic(
                    finding.span,
                    severity="error" if finding.complete else None,
                    detail=finding.message,
                )

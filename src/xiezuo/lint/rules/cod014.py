from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.python import python_findings
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class PythonMisuse(Rule):
    r"""Python with a common mistake.

    Ruff's other F rules, such as a format string whose arguments do not match, `is` with a literal,
    a `return` outside a function. Unused names, redefinitions and star imports are not
    reported: tutorials have them on purpose.

    Why: the code fails or does something other than the text says.

    Example:

        ```python
        if tea is "green":
            pass
        ```

    Fix: none; correct the code.

    ---
    Python 中的常见误用

    ruff 的其他 F 规则，例如格式串与参数不符、对字面量用 `is`、函数外的 `return`。未使用的名称、重复定义和星号导入不报：
    教程里往往有意为之。

    为什么：代码会出错，或者做的事与正文所说不同。

    示例：

        ```python
        if tea is "green":
            pass
        ```

    修复：无；需要改正代码。
    """

    code = "COD014"
    name = "python-misuse"
    message = Text("{detail} (ruff {rule}).", "{detail}（ruff {rule}）。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for finding in python_findings(context):
            if finding.rule != "F821":
                yield self.diagnostic(finding.span, detail=finding.message, rule=finding.rule)

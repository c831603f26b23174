from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class InvalidYaml(Rule):
    r"""YAML that does not parse.

    Checked by PyYAML's parser; templates with `{{ }}` are skipped. Code that merely stops too early is
    reported by `CUT005`.

    Why: readers who copy it get an error instead of a result.

    Example:

        ```yaml
        tea: green: fresh
        ```

    Fix: none; correct the code.

    ---
    YAML 无法解析

    用 PyYAML 解析；带 `{{ }}` 的模板不检查。只是没写完的代码由 `CUT005` 报告。

    为什么：读者复制后运行只会报错。

    示例：

        ```yaml
        tea: green: fresh
        ```

    修复：无；需要改正代码。
    """

    code = "COD004"
    name = "invalid-yaml"
    severity = "error"
    message = Text("This YAML does not parse: {detail}.", "这段 YAML 无法解析：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, "yaml"):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

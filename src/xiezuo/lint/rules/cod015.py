from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import syntax_problems
from xiezuo.lint.code.syntax import BRACED
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule


class UnbalancedBraces(Rule):
    r"""A bracket in code has no partner.

    For brace languages that have no parser here: C, C++, Java, Go, Rust, C#, PHP, Swift,
    Kotlin, Scala, Dart, CSS. Strings and comments do not count. A bracket that is merely still open
    at the end is reported by `CUT005`.

    Why: no compiler accepts it.

    Example:

        ```cpp
        if x > 1) { return 0; }
        ```

    Fix: none; correct the code.

    ---
    代码里的括号没有成对

    用于这里没有解析器的花括号语言：C、C++、Java、Go、Rust、C#、PHP、Swift、Kotlin、Scala、Dart、CSS。
    字符串和注释不算。只是到结尾还没闭合的，由 `CUT005` 报告。

    为什么：编译器不接受。

    示例：

        ```cpp
        if x > 1) { return 0; }
        ```

    修复：无；需要改正代码。
    """

    code = "COD015"
    name = "unbalanced-code"
    severity = "error"
    message = Text("{detail}.", "括号不成对：{detail}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block, problem in syntax_problems(context, *sorted(BRACED)):
            yield self.diagnostic(problem.spot(block), detail=problem.detail)

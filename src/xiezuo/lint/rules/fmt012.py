import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.span import Span

_MONEY = re.compile(r"\$\d[\d,.]*\b(?!\s*[+\-*/=^\\]|\$)|\\\$|\bUS\$|\$[A-Z_]{2,}\b|\$\{")
_TEX_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"))
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(\w+\*?)\}")
_ESCAPED = re.compile(r"\\\\|\\[{}]")
_MARKS = {
    "{": re.compile(r"\{"), "}": re.compile(r"\}"),
    r"\left": re.compile(r"\\left(?![a-zA-Z])"), r"\right": re.compile(r"\\right(?![a-zA-Z])"),
}  # fmt: skip
_FORMULA = re.compile(r"\$[^$\n]*[\\^_=+{}][^$\n]*$")


class UnbalancedMath(Rule):
    r"""A formula is not closed.

    An unpaired `$$`, a formula whose braces or `\left` and `\right` do not match, a `\(` without `\)`,
    a `\begin{…}` without its `\end{…}`, or an unpaired `$` before something that looks like a formula.
    Prices are not reported.

    Why: everything up to the next `$` is displayed as a formula, or the formula as source.

    Example:

        The area is $\pi r^2 and the circumference $2 \pi r$.

    Fix: none; a person must decide where the formula ends.

    ---
    公式没有闭合

    `$$` 不成对，公式里的花括号或 `\left` 与 `\right` 不配对，`\(` 没有 `\)`，`\begin{…}` 没有对应的 `\end{…}`，以及看起来像公式开头的单个 `$`。价格不算。

    为什么：直到下一个 `$` 的内容都会被当成公式，或者公式原样显示成源码。

    示例：

        面积是 $\pi r^2，周长是 $2 \pi r$。

    修复：无；公式到哪里为止由人判断。
    """

    code = "FMT012"
    name = "unbalanced-math"
    severity = "error"
    message = Text("`{mark}` has no partner.", "`{mark}` 没有成对。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.texts:
            content = block.content
            if "$" in content or "\\" in content:
                for start, mark in _lost(block):
                    yield self.diagnostic(block.source_span(start, start + len(mark)), mark=mark)
        for block in context.document.blocks:
            if block.kind == "math":
                yield from self._environments(context, block.span)
                yield from self._inside(context, block.span)
        for block in context.document.texts:
            for span in block.inline.math:
                yield from self._inside(context, block.source_span(*span))

    def _inside(self, context: LintContext, span: Span) -> Iterator[Diagnostic]:
        formula = _ESCAPED.sub(" ", span.of(context.source))
        for left, right in (("{", "}"), (r"\left", r"\right")):
            opened, closed = (len(_MARKS[mark].findall(formula)) for mark in (left, right))
            if opened != closed:
                yield self.diagnostic(span, mark=left if opened > closed else right)

    def _environments(self, context: LintContext, span: Span) -> Iterator[Diagnostic]:
        open_commands: list[re.Match[str]] = []
        for command in _ENVIRONMENT.finditer(context.source, *span):
            if command[1] == "begin":
                open_commands.append(command)
            elif open_commands and open_commands[-1][2] == command[2]:
                open_commands.pop()
            else:
                yield self.diagnostic(Span(*command.span()), mark=command[0])
        for command in open_commands:
            yield self.diagnostic(Span(*command.span()), mark=command[0])


def _lost(block: TextBlock) -> Iterator[tuple[int, str]]:
    prose = block.prose
    if "$" in prose:
        bare = _MONEY.sub(lambda price: " " * len(price[0]), prose)
        for mark in ("$$", "$"):
            places = [match.start() for match in re.finditer(re.escape(mark), bare)]
            if len(places) % 2 and (mark == "$$" or _FORMULA.search(bare) or block.inline.math):
                yield places[-1], mark
                break
    for left, right in _TEX_PAIRS:
        content = _without(block)
        if content.count(left) > content.count(right):
            yield content.rindex(left), left


def _without(block: TextBlock) -> str:
    """The content with code and closed formulas blanked."""
    content = block.content
    for span in (*block.inline.code, *block.inline.math):
        content = content[: span.start] + " " * (span.end - span.start) + content[span.end :]
    return content.replace("\\\\", "  ")

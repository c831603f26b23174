from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.loops import loop_at_end, near_loop_at_end
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_LEAST_PARAGRAPH = 200  # characters


class Loop(Rule):
    r"""The text ends in a loop.

    The text or a long paragraph ends with the same words three or four times in a row, even if a
    number counts up in them. `LintStream` also detects it while the text is generated.

    Why: a small model that falls into a loop does not leave it; the rest of the generation is wasted.

    Example:

        It is good and it is good and it is good and it is good and it is good and it is good and

    Fix (safe): remove all repetitions except the first.

    ---
    结尾陷入循环

    全文或一个长段落以同样的话重复三四遍收尾；其中的数字递增也能识别。流式生成时由 `LintStream` 发现。

    为什么：小模型一旦陷入循环就出不来，后面的生成都是浪费时间。

    示例：

        这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，

    修复（安全）：只留第一轮。
    """

    code = "REP004"
    name = "loop"
    severity = "error"
    fixes = "safe"
    message = Text("The same words repeat {turns} times.", "同样的话重复了 {turns} 遍。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        reached = 0
        ends = [
            (paragraph.span.start, paragraph.span.end)
            for paragraph in context.document.paragraphs
            if paragraph.span.end - paragraph.span.start >= _LEAST_PARAGRAPH
        ]
        last = context.last_block
        if last is not None and last.kind in {"paragraph", "code"}:
            ends.append((0, context.document.end))
        for floor, end in ends:
            text = context.source[max(floor, end - 6000) : end]
            exact = loop_at_end(text)
            loop = exact or near_loop_at_end(text)
            if loop is None:
                continue
            start, period = end - len(text) + loop[0], loop[1]
            if start + period <= reached:
                continue
            reached = end
            span = Span(start, end)
            edits = [Edit(start + period, end, "")] if exact else []
            yield self.diagnostic(span, *edits, turns=(end - start) // period)

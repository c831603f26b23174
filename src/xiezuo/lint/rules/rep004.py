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
    r"""The same words cycle at the end.

    The text, or a long paragraph, ends in the same words three or four times over; numbers that
    count on do not hide it. Also found while the text streams (`LintStream`).

    Why: a small model that falls into a loop does not get out again; what follows is lost time.

    Example:

        It is good and it is good and it is good and it is good and it is good and it is good and

    Fix (safe): all turns but the first are removed.

    ---
    结尾陷入循环

    全文或一个长段落以同样的话重复三四遍收尾；其中的数字递增也能识别。流式生成时由 `LintStream` 发现。

    为什么：小模型一旦陷入循环就出不来，后面生成的都是浪费时间。

    示例：

        这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，这样更好喝，也更健康，

    修复（安全）：只留第一轮。
    """

    code = "REP004"
    name = "loop"
    severity = "error"
    fixes = "safe"
    message = Text("The same words cycle {turns} times.", "同样的话循环了 {turns} 遍。")

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

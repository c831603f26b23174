from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.headings import same_title
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.edits import Edit


class HeadingEcho(Rule):
    r"""A section begins by repeating its heading.

    The first line or sentence has the same words as the heading; markup, case and numbering do not
    count.

    Why: the model was given the heading and wrote it again.

    Example:

        ## Water for tea

        Water for tea. Soft water is best.

    Fix (safe): remove the repetition.

    ---
    小节开头重复了标题

    第一行或第一句与标题的文字相同，不计标记、大小写和编号。

    为什么：标题已经给出，模型又写了一次。

    示例：

        ## 泡茶用水

        泡茶用水。软水最好。

    修复（安全）：删去重复的部分。
    """

    code = "REP006"
    name = "heading-echo"
    severity = "error"
    fixes = "safe"
    message = Text("This repeats the heading.", "这里重复了标题。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            first = section.body[0] if section.body else None
            if section.heading is None or not isinstance(first, TextBlock) or first.depth:
                continue
            key = same_title(section.title)
            sentences = first.sentences
            if not key or not sentences:
                continue
            line = first.prose.split("\n")[0]
            if same_title(line) == key:
                end = len(line) + (1 if "\n" in first.prose else 0)
            elif same_title(sentences[0].text) == key:
                end = sentences[1].start if len(sentences) > 1 else len(first.content)
            else:
                continue
            span = first.source_span(0, len(line) if same_title(line) == key else sentences[0].end)
            removed = first.source_span(0, end)
            if end == len(first.content) and len(section.body) > 1:
                removed = removed._replace(end=section.body[1].span.start)
            elif end == len(first.content) and not section.children:
                yield self.diagnostic(span)
                continue
            yield self.diagnostic(span, Edit(*removed, ""))

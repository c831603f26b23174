import re
from collections.abc import Iterator
from itertools import pairwise

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import guess_language
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Block, TextBlock
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_CODE_LINE = re.compile(
    r"^[ \t]*(?:(?:async )?def \w+\(.*|class \w+(?:\(.*\))?:|import [\w.]+(?: as \w+)?|from [\w.]+ import .+|"
    r"return\b[^。]*;?|(?:if|elif|for|while|with|try|except|else)\b[^。]*:|print\(.*\)|@\w+(?:\(.*\))?|"
    r"#include\s*[<\"].*|using namespace \w+;|(?:public|private|protected|static|void|int|char|double|float|"
    r"long|bool|auto|string|String|const|let|var|unsigned|struct|typedef|template)\b.*[;{(]|function \w+\(.*|"
    r"console\.log\(.*|[\w.\[\]]+ ?(?:[-+*/]?=|\+\+|--) ?\S.*;?|[\w.]+\([^.。]*\);?|[})\]]+[;,]?|.*[^\s,，]\s?\{|"
    r"[^。，]*\S;|SELECT\b.*|INSERT INTO\b.*|CREATE TABLE\b.*|\$ \w+.*|(?:sudo|pip3?|npm|git|apt|docker|curl|cd|"
    r"mkdir) (?!is\b|are\b|was\b|can\b)[-\w./]+.*|</?[a-z]+[^>]*>.*|\"\w+\": .*,?)[ \t]*$"
)
_PROSE = re.compile(
    r"[\u4e00-\u9fff].*[。，；]|\b(?:the|is|are|that|which|you|your|with this)\b.*\.$"
)
_FEWEST_LINES = 2
_SHARE = 0.6


class CodeOutsideFence(Rule):
    r"""Code outside a code block.

    At least two consecutive lines, and most lines of a paragraph, look like code.

    Why: Markdown joins the lines, interprets `*`, `_` and `<`, and turns `#` comments into headings.

    Example:

        import math
        print(math.pi)

    Fix (unsafe): put the lines between fences; the end of the code may need correction.

    ---
    代码没有放进代码块

    段落里连续两行以上、大部分内容都像代码。

    为什么：Markdown 会把各行连成一段，丢失 `*`、`_`、`<`，还会把 `#` 注释变成标题。

    示例：

        import math
        print(math.pi)

    修复（不安全）：用围栏包住这些行；代码到哪里结束可能需要人工调整。
    """

    code = "COD011"
    name = "code-outside-fence"
    severity = "error"
    fixes = "unsafe"
    message = Text("This looks like code outside a code block.", "这像是没有放进代码块的代码。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        run: list[Block] = []
        for block in context.document.blocks:
            if _is_code(block):
                if run and block.line - context.document.line_of(run[-1].span.end) > 2:  # noqa: PLR2004
                    yield self._report(context, run)
                    run = []
                run.append(block)
            elif run and not (block.kind == "code" or _is_comment(block)):
                yield self._report(context, run)
                run = []
        if run:
            yield self._report(context, run)

    def _report(self, context: LintContext, run: list[Block]) -> Diagnostic:
        span = Span(run[0].span.start, run[-1].span.end)
        text = span.of(context.source)
        language = guess_language(text) or ""
        edits = [
            Edit(span.start, span.start, f"```{language}\n"),
            Edit(span.end, span.end, "\n```"),
        ]
        return self.diagnostic(span, *([] if run[0].depth else edits))


def _is_code(block: Block) -> bool:
    if not isinstance(block, TextBlock) or block.kind == "heading" or "\n" not in block.content:
        return False
    lines = [line for line in block.content.split("\n") if line.strip()]
    marked = [bool(_CODE_LINE.match(line)) and not _PROSE.search(line) for line in lines]
    pairs = any(first and second for first, second in pairwise(marked))
    return pairs and sum(marked) >= max(_FEWEST_LINES, _SHARE * len(lines))


def _is_comment(block: Block) -> bool:
    """A `# comment` that Markdown took for a heading."""
    return isinstance(block, TextBlock) and block.kind == "heading" and block.level == 1

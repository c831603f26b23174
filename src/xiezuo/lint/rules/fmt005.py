import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.lint.rules.cut004 import literal_marks
from xiezuo.markdown.edits import Edit

_LEAD = "“‘「『（(《【〈"
_TAIL = "”’」』）)》】〉：:，,。.！!？?；;、…"
_SPACE = re.compile(r"\s+$")


class LiteralEmphasis(Rule):
    r"""Bold marks that Markdown displays as asterisks.

    A pair of `**` does not produce bold text: CommonMark does not accept it as an opening or closing
    mark next to Chinese punctuation (`**注意：**这`) or to a space inside (`** note **`).

    Why: the reader sees asterisks. This is the most common formatting fault in Chinese model output.

    Example:

        ** Note:** use soft water.

    Fix (safe): move punctuation at the edges out of the marks (`**注意**：这`), and remove spaces inside
    them.

    ---
    加粗标记原样显示成星号

    一对 `**` 没有生效：紧挨中文标点时，CommonMark 认不出开头或结尾（`**注意：**这`）；标记内侧有空格时也一样
    （`** 注意 **`）。

    为什么：读者看到的是星号。这是中文模型输出里最常见的格式毛病。

    示例：

        **注意：**这一步不能省。

    修复（安全）：把边上的标点移到标记外（`**注意**：这`），去掉标记内侧的空格。
    """

    code = "FMT005"
    name = "literal-emphasis"
    severity = "error"
    fixes = "safe"
    message = Text("These `**` are displayed as asterisks.", "这对 `**` 会原样显示成星号。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            if "**" not in block.content:
                continue
            marks = literal_marks(block)
            for first, last in zip(marks[::2], marks[1::2], strict=False):
                inside = block.content[first.end : last.start]
                if not inside.strip():
                    continue
                span = block.source_span(first.start, last.end)
                glued = first.start > 0 and not block.content[first.start - 1].isspace()
                repaired = _repaired(inside, glued=glued)
                edits = [Edit(*span, repaired)] if repaired and _is_plain(inside) else []
                yield self.diagnostic(span, *edits)


def _is_plain(inside: str) -> bool:
    """Whether the words can be moved: one line, no other markup that could be torn apart."""
    return "\n" not in inside and "*" not in inside


def _repaired(inside: str, *, glued: bool) -> str:
    """The words in bold again, edge punctuation and spaces outside the marks."""
    words = inside.strip()
    before = after = ""
    while words and words[0] in _LEAD:
        before, words = before + words[0], words[1:]
    while words and words[-1] in _TAIL:
        words, after = words[:-1], words[-1] + after
    words = words.strip()
    lead = " " if glued and inside[:1] == " " and not before else ""
    tail = " " if _SPACE.search(inside) else ""
    return f"{lead}{before}**{words}**{after}{tail}" if words else ""

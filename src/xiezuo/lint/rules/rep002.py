from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.similarity import block_shingles, overlaps
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_ALL = 0.9  # of the phrases; above this share it is an error


@dataclass(frozen=True)
class NearDuplicateParagraph(Rule):
    r"""Two paragraphs are nearly identical.

    Compares runs of four words (five characters in Chinese); long list items count as paragraphs.

    Why: the most common loop of small models is not exact; a few words change each time.

    Example: a paragraph that is repeated with "green" changed to "fresh".

    Fix (unsafe): remove the later paragraph.

    Tune: `share` (0.5) of the smaller paragraph's runs that must occur in the other; `words` (25).

    ---
    两段话几乎一样

    比较四词（中文五字）连续片段；较长的列表项也算段落。

    为什么：小模型的循环大多不是逐字重复，而是每轮换几个词。

    示例：一段话换掉一两个词后再次出现。

    修复（不安全）：删去后一段。

    调整：`share`（0.5）为较短一段中应与另一段相同的片段比例；`words`（25）为最短篇幅。
    """

    share: float = 0.5
    words: int = 25

    code = "REP002"
    name = "near-duplicate-paragraph"
    fixes = "unsafe"
    message = Text(
        "This paragraph repeats line {line} ({percent} % of its phrases).",
        "这一段与第 {line} 行重复（{percent}% 的片段相同）。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        blocks = [
            paragraph
            for paragraph in context.document.paragraphs
            if paragraph.words >= self.words and not paragraph.quoted
        ]
        duplicates = overlaps([block_shingles(context, block) for block in blocks], self.share)
        for first, second, share in duplicates:
            block = blocks[second]
            edits = [] if block.depth else [Edit(*block.span, "")]
            yield self.diagnostic(
                block.span,
                *edits,
                severity="error" if share > _ALL else None,
                line=blocks[first].line + 1,
                percent=round(100 * share),
            )

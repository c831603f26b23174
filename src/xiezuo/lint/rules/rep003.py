from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.similarity import Shingles, block_shingles, overlaps
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.document import Section

_ALL = 0.8  # of the phrases; above this share it is an error


@dataclass(frozen=True)
class RepeatedSection(Rule):
    r"""A section repeats another one.

    Compares runs of words of whole sections.

    Why: a small model that writes section by section forgets what earlier sections said.

    Example: "Summary" repeats two paragraphs of "Background".

    Fix: none; merge the two or remove one.

    Tune: `share` (0.4) of the smaller section's runs that must occur in the other; `words` (50).

    ---
    一节重复了另一节的内容

    比较整节文字中的连续片段。

    为什么：逐节生成时，小模型会忘记前面写过什么。

    示例：“总结”把“背景”里的两段又抄了一遍。

    修复：无；合并或删去其中一节。

    调整：`share`（0.4）为较短一节中应与另一节相同的片段比例；`words`（50）为最短篇幅。
    """

    share: float = 0.4
    words: int = 50

    code = "REP003"
    name = "repeated-section"
    message = Text(
        "“{title}” repeats “{other}” ({percent} % of its phrases).",
        "“{title}”与“{other}”重复（{percent}% 的片段相同）。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        sections: list[Section] = []
        passages: list[Shingles] = []
        for section in context.document.sections:
            blocks = [paragraph for paragraph in section.paragraphs if not paragraph.quoted]
            if section.heading and sum(block.words for block in blocks) >= self.words:
                sections.append(section)
                passages.append(
                    frozenset[int]().union(*(block_shingles(context, block) for block in blocks))
                )
        for first, second, share in overlaps(passages, self.share):
            section, other = sections[second], sections[first]
            assert section.heading
            yield self.diagnostic(
                section.heading.span,
                severity="error" if share > _ALL else None,
                title=section.title,
                other=other.title,
                percent=round(100 * share),
            )

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_SUMMARY = re.compile(
    r"\s*(?:in (?:conclusion|summary|short|essence)|overall|to (?:sum up|summarize|conclude)|ultimately|all in all|"
    r"by (?:following|understanding|doing)|总之|综上(?:所述)?|总的来说|总而言之|总体(?:来说|而言|来看)|由此可见|可以说|简而言之|归根结底)",
    re.IGNORECASE,
)
_FEWEST = 3


class SummaryEverywhere(Rule):
    r"""Many sections end with a summary of themselves.

    Three or more sections whose last paragraph or last sentence begins with "In summary", "Overall",
    "总之", "综上所述".

    Why: a section of two hundred words needs no summary; the reader reads everything twice.

    Example: three sections, each ending with "Overall, …".

    Fix: none; delete the sentences.

    ---
    每一节都以小结收尾

    三节以上的末段或末句以“总之”“综上所述”“In summary”“Overall”开头。

    为什么：两百字的小节不需要小结，读者等于什么都读两遍。

    示例：三节都以“总之，……”结束。

    修复：无；删去这些句子。
    """

    code = "PAD006"
    name = "summary-everywhere"
    severity = "info"
    message = Text(
        "{count} sections end with a summary of themselves.", "有 {count} 节以小结收尾。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        endings: list[Diagnostic] = []
        sections = [section for section in context.document.sections if section.heading]
        for section in sections[:-1]:
            blocks = [paragraph for paragraph in section.paragraphs if not paragraph.depth]
            if not blocks:
                continue
            sentences = blocks[-1].sentences
            for sentence in dict.fromkeys((*sentences[:1], *sentences[-1:])):
                if _SUMMARY.match(sentence.text):
                    endings.append(self.diagnostic(sentence.span, count=0))
                    break
        if len(endings) >= _FEWEST:
            for ending in endings:
                yield self.diagnostic(ending.span, count=len(endings))

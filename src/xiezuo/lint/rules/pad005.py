import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext, Shingles
from xiezuo.lint.detectors.similarity import shingles
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Sentence

_RESTATES = re.compile(
    r"\b(?:in this|this) (?:article|essay|tutorial|guide|post|blog post|section|chapter|report|piece)\b,?\s*"
    r"(?:we|i|you|will|aims?|explores?|discusses|delves|provides|covers|examines|is going)\b|"
    r"\bas (?:requested|you (?:asked|requested))\b|\bthe (?:task|prompt|question|assignment) (?:is|was|asks)\b|"
    r"(?:本文|这篇文章|本篇文章|本节|本章|本教程|本指南)(?:将|主要|旨在|会|就)(?:会|要|为|从|详细|对|重点|带)?|"
    r"(?:根据|按照)(?:题目|任务|上述|您的|你的)?要求|接下来[，,]?(?:本文|我们)?将(?:为|从|详细)",
    re.IGNORECASE,
)
_FIRST = 4  # sentences of the text that may restate the task
_SHARE = 0.5
_FEWEST = 4  # shingles of a task worth comparing


class RestatedTask(Rule):
    r"""The text begins by announcing what it will do.

    "In this article, we will explore …", "本文将介绍……" among the first sentences of the text or a
    section; and, if the brief is known, a sentence that repeats the words of the task.

    Why: the reader knows the topic and wants the content.

    Example:

        In this article, we will explore how tea is made.

    Fix: none; delete the sentence.

    ---
    开头复述任务

    全文或小节的开头几句说“本文将介绍……”“In this article, we will explore”；知道写作要求时，还包括
    用任务原话拼成的句子。

    为什么：读者已经知道题目，想看的是内容。

    示例：

        本文将为您详细介绍茶的制作过程。

    修复：无；删去，直接开始。
    """

    code = "PAD005"
    name = "restated-task"
    message = Text("This only announces what the text will do.", "这句话只预告要写什么，没有内容。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        task = shingles(context.expected.task) if context.expected else Shingles()
        seen: dict[int, int] = {}
        starts = {
            id(section.paragraphs[0]) for section in context.document.sections if section.paragraphs
        }
        first = True
        for sentence in context.document.sentences:
            block = id(sentence.block)
            seen[block] = seen.get(block, 0) + 1
            early = (first and len(seen) <= 2) or block in starts  # noqa: PLR2004
            first = first and len(seen) <= _FIRST
            if early and seen[block] <= _FIRST and self._restates(sentence, task):
                yield self.diagnostic(sentence.span)

    def _restates(self, sentence: Sentence, task: Shingles) -> bool:
        if _RESTATES.search(sentence.text):
            return True
        return len(task) >= _FEWEST and len(shingles(sentence.text) & task) >= _SHARE * len(task)

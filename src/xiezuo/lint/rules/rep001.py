from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Sentence
from xiezuo.markdown.edits import Edit

_CLOSE = 3  # sentences; a repetition this close is a mistake, not a stylistic device


@dataclass(frozen=True)
class RepeatedSentence(Rule):
    r"""A sentence is repeated.

    Compares the sentences of paragraphs character by character, not those of code, lists, headings and
    quotations. Close together, sentences of medium length count; far apart, only long ones, because
    people repeat short sentences on purpose.

    Why: a model that loses track repeats itself.

    Example:

        Soft water brings out the taste of the leaves. Soft water brings out the taste of the leaves.

    Fix (unsafe): remove the later sentence.

    Tune: `near` (sentences, 8), `words_near` (6), `words_far` (14); one and a half Chinese
    characters count as a word.

    ---
    同一句话说了两遍

    逐字比较段落里的句子，不看代码、列表、标题和引用。相距近时，中等长度就算；相距远时，只算长句：短句重复常常
    是有意的。

    为什么：模型失去思路时，会重复已经写过的话。

    示例：

        软水最能泡出茶叶本来的味道。软水最能泡出茶叶本来的味道。

    修复（不安全）：删去后一句。

    调整：`near`（相距句数，8）、`words_near`（6）、`words_far`（14）；一个词约合一个半汉字。
    """

    near: int = 8
    words_near: int = 6
    words_far: int = 14

    code = "REP001"
    name = "repeated-sentence"
    fixes = "unsafe"
    message = Text("Line {line} already says this.", "第 {line} 行已经说过这句话。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        seen: dict[str, tuple[int, Sentence]] = {}
        number = 0
        for sentence in context.document.sentences:
            block = sentence.block
            if block.item or block.quoted or not sentence.ended:
                continue
            number += 1
            if len(sentence.key) < self.words_near:
                continue
            length = sentence.words / (1.5 if block.language == "zh" else 1)
            if length < self.words_near or not sentence.key:
                continue
            if sentence.key in seen:
                at, first = seen[sentence.key]
                if number - at <= self.near or length >= self.words_far:
                    span = sentence.span
                    close = number - at <= _CLOSE
                    yield self.diagnostic(
                        span,
                        Edit(*span, ""),
                        severity="error" if close else None,
                        line=context.document.line_of(first.span.start) + 1,
                    )
            seen[sentence.key] = (number, sentence)

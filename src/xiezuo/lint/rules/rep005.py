import re
from collections.abc import Iterator
from dataclasses import dataclass

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Sentence, TextBlock
from xiezuo.markdown.span import Span

_FIRST_EN = re.compile(r"\W*(\w+(?:['’]\w+)?)(?:\W+(\w+(?:['’]\w+)?))?")
_FIRST_ZH = re.compile(r"\W*([\u4e00-\u9fff]{2})")


@dataclass(frozen=True)
class MonotonousOpenings(Rule):
    r"""Consecutive sentences or paragraphs begin the same way.

    Compares adjacent sentences of a paragraph and adjacent paragraphs of a section by their first two
    words (two characters in Chinese); list items may be parallel.

    Why: it is monotonous and often precedes a loop.

    Example:

        Tea is old. Tea is dear. Tea is good. Tea is everywhere.

    Fix: none; rewrite the sentences.

    Tune: `sentences` (4), `paragraphs` (3).

    ---
    连续的句子或段落开头雷同

    比较段内相邻句子、节内相邻段落的前两个词（中文前两个字）；列表项可以排比。

    为什么：读起来单调，也往往是陷入循环的前兆。

    示例：

        茶叶历史悠久。茶叶价值不菲。茶叶有益健康。茶叶随处可见。

    修复：无；需要改写。

    调整：`sentences`（4）、`paragraphs`（3）。
    """

    sentences: int = 4
    paragraphs: int = 3

    code = "REP005"
    name = "monotonous-openings"
    message = Text("{count} in a row begin with “{words}”.", "连续 {count} 处以“{words}”开头。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            firsts: list[Sentence] = []
            for block in section.body:
                plain = block if isinstance(block, TextBlock) and not block.depth else None
                sentences = plain.sentences if plain else []
                yield from self._runs(sentences, self.sentences)
                if sentences:
                    firsts.append(sentences[0])
                else:
                    yield from self._runs(firsts, self.paragraphs)
                    firsts = []
            yield from self._runs(firsts, self.paragraphs)

    def _runs(self, sentences: list[Sentence], least: int) -> Iterator[Diagnostic]:
        run: list[Sentence] = []
        for sentence in [*sentences, None]:
            words = _opening(sentence) if sentence else ""
            if run and (not words or words != _opening(run[0])):
                if len(run) >= least:
                    start, end = run[1].span.start, run[-1].span.end
                    at = Span(start, end)
                    yield self.diagnostic(at, count=len(run), words=_opening(run[0]))
                run = []
            if sentence and words:
                run.append(sentence)


def _opening(sentence: Sentence) -> str:
    if sentence.block.language == "zh":
        match = _FIRST_ZH.match(sentence.text)
        return match[1] if match else ""
    match = _FIRST_EN.match(sentence.text)
    return " ".join(word for word in match.groups() if word).lower() if match else ""

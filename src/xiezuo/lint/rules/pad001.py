import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.phrases import phrases
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.words import TextLanguage


@dataclass(frozen=True)
class StockPhrases(Rule):
    r"""Too many stock phrases.

    Phrases that models overuse are weighted and compared with the length of the text; nothing is
    reported below the density of human texts. A single phrase is not a fault.

    Why: they fill space without content. They do not prove that a model wrote the text.

    Example:

        Tea is a testament to nature. It plays a crucial role in our daily lives, and it is
        important to note that, at the end of the day, it is a game-changer.

    Fix: none; say what is meant or delete the phrase.

    Tune: `density` (weight per 10,000 characters: 6), `weight` (minimum sum: 2). The
    lists, with their sources, are in `src/xiezuo/lint/data/stock-*.toml`.

    ---
    套话过多

    给模型惯用的套话加权，再与篇幅相比；密度不高于人写的文章时不报告。偶尔一句不算问题。

    为什么：套话只占篇幅，没有内容。这并不能证明文章出自模型。

    示例：

        茶文化发挥着重要作用，具有重要意义。总而言之，我们要不断提升品味，为生活注入新的活力。

    修复：无；说出真正的意思，或者删去。

    调整：`density`（每万字的权重，6）、`weight`（至少达到的权重和，2）。词表及其来源见
    `src/xiezuo/lint/data/stock-*.toml`。
    """

    density: float = 6
    weight: float = 2

    code = "PAD001"
    name = "stock-phrases"
    message = Text("“{phrase}” is a stock phrase.", "“{phrase}”是套话。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        weighted: list[tuple[float, Diagnostic]] = []
        size = 0
        for language in ("en", "zh"):
            blocks = [
                paragraph
                for paragraph in context.document.paragraphs
                if paragraph.language == language
            ]
            text, starts = _joined(blocks)
            size += len(text)
            for pattern, weight in _compiled(language):
                for match in pattern.finditer(text):
                    number = bisect_right(starts, match.start()) - 1
                    block, at = blocks[number], starts[number]
                    span = block.source_span(match.start() - at, match.end() - at)
                    weighted.append((weight, self.diagnostic(span, phrase=span.of(context.source))))
        total = sum(weight for weight, _ in weighted)
        if total >= self.weight and total * 10_000 >= self.density * size:
            yield from (diagnostic for _, diagnostic in weighted)


def _joined(blocks: list[TextBlock]) -> tuple[str, list[int]]:
    """The prose of all blocks in lower case, where that keeps its length, and where each begins."""
    texts: list[str] = []
    starts: list[int] = []
    size = 0
    for block in blocks:
        lower = block.prose.lower()
        texts.append(lower if len(lower) == len(block.prose) else block.prose)
        starts.append(size)
        size += len(texts[-1]) + 1
    return "\0".join(texts), starts


@cache
def _compiled(language: TextLanguage) -> list[tuple[re.Pattern[str], float]]:
    """One pattern for each phrase: with a literal beginning, each is found faster than all at once."""
    return [(re.compile(phrase.pattern), phrase.weight) for phrase in phrases(f"stock-{language}")]

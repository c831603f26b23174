import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.span import Span

_FINAL = re.compile(
    r"[.!?。！？…:：;；~～\"'”’」』)\]）】》>|]$|\W\W$|[\U0001f000-\U0001faff☀-➿]$"
)
_DANGLING = re.compile(
    r"[,，、（(\[{“‘「『《—–-]$|[的和与或及在把被对从向为以而但并将且其]$|"
    r"\b(?:the|an?|and|or|but|of|to|in|on|with|for|that|which|is|are|was|were|by|as|at|from|"
    r"into|your|our|its|their|this|these|can|will|be|not|more|such|we|you|they|it)$",
    re.IGNORECASE,
)
_NOT_A_SENTENCE = re.compile(r"\s*(?:#\S|@|\^|\[|https?:|—|--|©|\*\s*$)")
_FEWEST_WORDS, _MANY_WORDS = 6, 18
_CLAUSES = re.compile(r"[，；]|, ")
_ENDS_LOW = re.compile(r"[a-z\u4e00-\u9fff]$")
_ENOUGH, _NEARLY_ALL = 4, 0.9  # other paragraphs, and how many of them must end, for a fragment
_MOST_END = 0.8  # share of the other paragraphs that end in a final mark


class UnfinishedSentence(Rule):
    r"""The text stops in the middle of a sentence.

    The last paragraph or list item has no final mark, and there is a second sign: it ends in a comma
    or in a word that cannot end a sentence, the sentences before it in the paragraph are complete, or
    the other paragraphs (or items of its list) are. If the engine reports that it stopped because of
    the length limit, one sign is enough.

    Why: a cut-off ending is the most common failure of small models, and the easiest to overlook.

    Example:

        Tea is dried on trays. After that it is sorted and

    Fix: none; the missing words must be written.

    ---
    正文在句子中间断掉

    最后一段或最后一个列表项没有句末标点，且另有迹象：以逗号或不能结句的词收尾，同段前面的句子都已结束，
    或其他段落（同一列表的其他项）都有句末标点。若引擎报告因长度上限而停止，一个迹象就够了。

    为什么：被截断的结尾是小模型最常见、也最容易漏看的毛病。

    示例：

        茶叶先摊开晾干。随后要按大小分级，并

    修复：无；缺少的内容需要续写。
    """

    code = "CUT001"
    name = "unfinished-sentence"
    severity = "error"
    message = Text("The text stops in the middle of a sentence.", "正文在句子中间断掉了。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        block = context.last_block
        if not isinstance(block, TextBlock) or block.kind == "heading":
            return
        text = block.plain.rstrip().rstrip("*_`")
        if not text or _NOT_A_SENTENCE.match(block.content) or _ends(block):
            return
        if self._is_a_fragment(context, block):
            yield self.diagnostic(block.source_span(0, len(block.content)), severity="warning")
        elif (
            context.finish_reason == "length"
            or _DANGLING.search(text)
            or self._others_end(context, block)
        ):
            last = block.sentences[-1]
            yield self.diagnostic(
                Span(last.span.start, block.source_span(0, len(block.content)).end)
            )

    def _is_a_fragment(self, context: LintContext, block: TextBlock) -> bool:
        """Whether the last paragraph is a few words, where every other one is finished."""
        text = block.plain.strip()
        if block.depth or block.words >= _FEWEST_WORDS or not _ENDS_LOW.search(text):
            return False
        others = [
            paragraph
            for paragraph in context.document.paragraphs
            if paragraph is not block and not paragraph.depth
        ]
        ended = sum(map(_ends, others))
        certain = len(others) >= _ENOUGH and ended >= _NEARLY_ALL * len(others)
        return certain and not _DANGLING.search(text)

    def _others_end(self, context: LintContext, block: TextBlock) -> bool:
        sentences = block.sentences
        if sentences[-1].words < _FEWEST_WORDS and len(sentences) == 1:
            return False
        if len(sentences) > 1 and sentences[-2].ended:
            return True
        if sentences[-1].words >= _MANY_WORDS and _CLAUSES.search(sentences[-1].text):
            return True
        others = [
            paragraph
            for paragraph in context.document.paragraphs
            if paragraph is not block
            and paragraph.depth == block.depth
            and (paragraph.item is None) == (block.item is None)
            and paragraph.words >= _FEWEST_WORDS
        ]
        if block.item is not None:
            others = others[-6:]
        return bool(others) and sum(map(_ends, others)) >= _MOST_END * len(others)


def _ends(block: TextBlock) -> bool:
    """Whether a paragraph ends like one; code, a link or a formula at its end may be the end."""
    prose = block.prose.rstrip().rstrip("*_`\u2060")
    links = block.inline.links
    if links and links[-1].span.end >= len(block.content.rstrip("*_ ")):
        return True
    return not prose or prose[-1] == "\ufffc" or bool(_FINAL.search(block.plain.rstrip()))

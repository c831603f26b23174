from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import Block, TextBlock
from xiezuo.markdown.edits import Edit

_MOST_BLOCKS = 3  # from each end


class Chatter(Rule):
    r"""The model addresses the user before or after the text.

    At the beginning: "Sure! Here's the article …"; at the end: "I hope this helps", "Let me know
    if …". Checks whole paragraphs and the last sentences of the last paragraph.

    Why: this belongs in a chat, not in a document.

    Example:

        Sure! Here is your article about tea:

    Fix (safe): remove the paragraph or the sentences.

    ---
    正文前后夹着对用户说的话

    开头如“好的，以下是……”，结尾如“希望对你有帮助”“如有需要请随时告诉我”。检查整段，以及末段最后几句。

    为什么：这是聊天的话，不是文章的内容。

    示例：

        好的，以下是关于茶的文章：

    修复（安全）：删去这一段或这几句。
    """

    code = "FMT010"
    name = "chatter"
    severity = "error"
    fixes = "safe"
    message = Text(
        "This addresses the user and is not part of the text.", "这是对用户说的话，不是正文。"
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        blocks = [block for block in context.document.visible_blocks() if block.kind != "rule"]
        for block in blocks[:1] if len(blocks) > 1 else []:
            if isinstance(block, TextBlock) and block.kind == "paragraph" and _is_opening(block):
                yield self._whole(context, block)
        for block in reversed(blocks[-_MOST_BLOCKS:]):
            if not isinstance(block, TextBlock) or block.kind == "heading":
                return
            if len(blocks) > 1 and _is_farewell(block):
                yield self._whole(context, block)
                continue
            yield from self._last_sentences(block)
            return

    def _whole(self, context: LintContext, block: Block) -> Diagnostic:
        following = context.document.lines[context.document.line_of(block.span.end) + 1 :]
        end = block.span.end
        for line in following:
            if line.of(context.source).strip():
                end = line.start
                break
            end = line.end
        edits = [] if block.depth else [Edit(block.span.start, end, "")]
        return self.diagnostic(block.span, *edits)

    def _last_sentences(self, block: TextBlock) -> Iterator[Diagnostic]:
        sentences = block.sentences
        first = len(sentences)
        while first > 1 and is_chatter(sentences[first - 1].text, opening=False):
            first -= 1
        if first < len(sentences):
            start, before = sentences[first].start, sentences[first - 1].end
            span = block.source_span(start, len(block.content))
            yield self.diagnostic(span, Edit(block.source_span(before, before).start, span.end, ""))


def _is_opening(block: TextBlock) -> bool:
    return is_chatter(block.plain, opening=True)


def _is_farewell(block: TextBlock) -> bool:
    """Whether every sentence of a paragraph takes leave."""
    sentences = block.sentences
    return bool(sentences) and all(
        is_chatter(sentence.text, opening=False) for sentence in sentences
    )

import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span, SpanSet

CONTROL = re.compile(
    r"<(?:\|[A-Za-z_][\w ]{0,30}\|>|｜[^｜\n]{1,30}｜>|/?think(?:ing)?>|"
    r"/?(?:start_of_turn|end_of_turn|bos|eos|pad|unk)>|</?SYS>>|(?<!\w<)s>(?!\w)|/s>(?=\W|$))|\[/?INST\]"
)
_ROLE = re.compile(
    r"^(?:(?:###? ?)?(?:Assistant|User|System|Human|AI|Instruction|Response|助手|用户|系统)\s*[:：])[^\S\n]*",
    re.MULTILINE,
)
_CLOSING = "</think>"
_MAY_BE_A_SCRIPT = 3  # role labels; more of them are a dialogue on purpose


class LeakedControlText(Rule):
    r"""Control text of a model has leaked into the document.

    Chat tokens such as `<|im_end|>`, reasoning in `<think>`, `[INST]`, and role labels such as
    "Assistant:" at the start of a paragraph.

    Why: it means nothing to a reader, and a renderer may hide the text inside it.

    Example:

        Choose whole leaves.<|im_end|>

    Fix (safe): remove it; reasoning is removed as a whole.

    ---
    模型的控制标记混入正文

    `<|im_end|>` 一类的对话标记、`<think>` 里的思考、`[INST]`，以及段落开头的“助手：”“Assistant:”。

    为什么：对读者没有意义，渲染时还可能吞掉其中的内容。

    示例：

        选用完整的叶片。<|im_end|>

    修复（安全）：删除；思考过程整段删除。
    """

    code = "FMT011"
    name = "leaked-control-text"
    severity = "error"
    fixes = "safe"
    message = Text("“{text}” is control text of a model.", "“{text}”是模型的控制标记。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        reached = 0
        code = SpanSet(_code(context)) if "<" in context.source or "[" in context.source else None
        for token in CONTROL.finditer(context.source) if code else ():
            if token.start() < reached or (code and code.covers(token.start())):
                continue
            span = Span(token.start(), _end_of_thought(context.source, token))
            reached = span.end
            yield self.diagnostic(span, Edit(*span, ""), text=token[0])
        paragraphs = context.document.paragraphs
        labels = [
            (block, label)
            for block in paragraphs
            if not block.quoted
            if (label := _ROLE.match(block.content))
        ]
        if 0 < len(labels) < _MAY_BE_A_SCRIPT:
            for block, label in labels:
                span = block.source_span(*label.span())
                yield self.diagnostic(span, Edit(*span, ""), text=label[0].strip())


def _code(context: LintContext) -> Iterator[Span]:
    for block in context.document.codes:
        yield block.span
    for block in context.document.texts:
        if "`" in block.content:
            yield from (block.source_span(*span) for span in block.inline.code)


def _end_of_thought(source: str, token: re.Match[str]) -> int:
    """Where a control token ends; a thought reaches to its closing tag and the space after it."""
    if token[0] != "<think>" or source.rfind(_CLOSING) < token.end():
        return token.end()
    end = source.find(_CLOSING, token.end()) + len(_CLOSING)
    return end + len(source[end:]) - len(source[end:].lstrip())

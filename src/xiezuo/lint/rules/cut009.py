import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span

_PROSE = re.compile(
    r"(?:此处|这里|以下|其余|其他|中间|后续)(?:内容|部分|代码|步骤)?(?:已|均|从|可)?(?:省略|略去|略(?=[。）)…]|$))|"
    r"[（(](?:略|省略|此处略|待补充|待续|未完待续)[)）]|(?:内容)?待补充|此处(?:插入|填写|添加|补充)|"
    r"[【\[](?:此处)?(?:请)?(?:插入|填写|填入|输入|替换|您的|你的|公司名|姓名|日期)[^】\]\n]{0,30}[】\]](?!\()|"
    r"\[(?:insert|your|add|enter|placeholder|todo|tbd|fill in|company|name of)\b[^\]\n]{0,40}\](?![(\[])|"
    r"\b(?:TODO|TBD|FIXME)\b(?=\s*[:：]|\s*$|\s*[.)（）。])|\blorem ipsum\b|"
    r"[(（\[]\s*(?:to be continued|continued|content omitted|omitted for brevity|remainder omitted|rest omitted)"
    r"[^)）\]\n]{0,20}[)）\]]|"
    r"\b(?:the )?rest of (?:the|this) (?:code|article|essay|section|document|story|chapter|text|report|function|file)"
    r"(?: (?:goes|would go|follows|continues) (?:here|below|on)\b| (?:here|is (?:omitted|unchanged|left out|the same))\b|\s*(?:…|\.\.\.|[\])]))",
    re.IGNORECASE,
)
_ANCHORS = (  # every match of the pattern contains one of these
    "[",
    "【",
    "略",
    "待补充",
    "待续",
    "此处",
    "TODO",
    "TBD",
    "FIXME",
    "orem ipsum",
    "rest of",
    "ontinue",
    "mitted",
)
_COMMENT = re.compile(
    r"(?:#|//|/\*|--|<!--|%)[^\S\n]*(?:\.{3}|…)?[^\S\n]*"
    r"(?:(?:the )?rest of (?:the |your |this )?\w+|(?:your|existing|remaining|other|previous|more) "
    r"(?:code|logic|implementation|methods?|functions?|imports?)(?: (?:goes )?here| unchanged| remains.*)?|"
    r"(?:implement|add|insert|write|put) (?:your |the )?\w*\s?(?:code|logic|implementation|function)?\s?here|"
    r"(?:same as|unchanged|as) (?:before|above)|to be (?:implemented|continued)|TODO\b.*|FIXME\b.*|"
    r"(?:以下|以上|其余|其他|后面|后续|中间|此处|这里|部分)?.{0,6}(?:已)?省略(?:了)?|其余.{0,6}(?:不变|同上).*|此处.{0,8}(?:代码|实现|逻辑)|(?:你|您)的代码.*|在这里.{0,8}(?:代码|实现|逻辑).*|"
    r"(?:代码|实现)省略.*|待实现.*)[^\S\n]*(?:\.{3}|…)?[^\S\n]*(?:\*/|-->)?[^\S\n]*$|"
    r"^[^\S\n]*(?:#|//)[^\S\n]*(?:\.{3}|…{1,2})[^\S\n]*$",
    re.IGNORECASE | re.MULTILINE,
)

_MILD = re.compile(r"略|TODO|FIXME|TBD|待|^\W+$")  # people also write these in drafts and excerpts


def is_placeholder(sentence: str) -> bool:
    """Whether a sentence has a placeholder in it."""
    return _PROSE.search(sentence) is not None


class Placeholder(Rule):
    r"""A placeholder in place of text or code.

    In prose: "[insert name]", `TODO:`, "rest of the article", "lorem ipsum". In code: comments such
    as "# rest of the code", "// ... existing code", or only dots.

    Why: the model left work to the reader; a document with gaps is incomplete.

    Example:

        Sincerely, [insert your name]

    Fix: none; write the actual content.

    ---
    该写内容的地方只有占位符

    正文里：“此处省略”“（略）”“待补充”“【填写姓名】”“TODO：”；代码里：`# 其余代码省略`、`// ...`
    一类只作占位的注释。

    为什么：模型把内容留给读者去补，有空缺的文档不算完成。

    示例：

        具体步骤此处省略。

    修复：无；写出真正的内容。
    """

    code = "CUT009"
    name = "placeholder"
    severity = "error"
    message = Text("“{text}” is a placeholder.", "“{text}”是占位符。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in (*context.document.texts, *context.cells):
            if block.quoted or not any(anchor in block.prose for anchor in _ANCHORS):
                continue
            for match in _PROSE.finditer(block.prose):
                yield self._report(block.source_span(*match.span()), match[0])
        for block in context.document.fences:
            for match in _COMMENT.finditer(block.content):
                yield self._report(block.source_span(*match.span()), match[0])

    def _report(self, span: Span, text: str) -> Diagnostic:
        mild = _MILD.search(text) is not None
        return self.diagnostic(span, severity="warning" if mild else None, text=text.strip())

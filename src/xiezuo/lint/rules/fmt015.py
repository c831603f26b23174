import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_ideographs, count_words

_FOREIGN = re.compile(
    r"[\u0400-\u04ff]{3,}|[\u0590-\u05ff]{3,}|[\u0600-\u06ff]{3,}|[\u0900-\u097f]{3,}|[\u0e00-\u0e7f]{3,}|"
    r"[\uac00-\ud7af]{2,}|[\u3040-\u30ff]{3,}"
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff，、：；]{5,}")
_LATIN = re.compile(r"[A-Za-z]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_QUOTED = re.compile(r"[(（“\"「《*_:：][^\s]*\s?$")
_LOOK_BACK = 20
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_FEWEST_WORDS, _BARE = 12, 2
_SHARE = 0.7  # of the words that must be in the document's language before a change is sudden
_MOST_FOREIGN, _FEW = 0.02, 30  # of a text, characters: more of it is its subject


class LanguageChange(Rule):
    r"""The language changes suddenly.

    A paragraph in the other language in a text that is otherwise Chinese or English, Chinese words
    inside English sentences, or words in another script (Cyrillic, Korean, Thai, …). Quotations,
    links and words in brackets are not reported.

    Why: small models slip into another language, especially with high repetition penalties.

    Example:

        Green tea is steamed 然后再进行烘干处理 and packed.

    Fix: none; translate or rewrite the passage.

    ---
    语言突然改变

    中文（或英文）文章里出现整段另一种语言，英文句子里夹着中文，或出现其他文字（西里尔字母、韩文、泰文等）。
    引用、链接和括号里的词不算。

    为什么：小模型会突然换用别的语言，重复惩罚过高时尤其如此。

    示例：

        绿茶需要 хорошая 的水质。

    修复：无；需要翻译或重写这一段。
    """

    code = "FMT015"
    name = "language-change"
    message = Text("The language changes here.", "语言在这里突然改变。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        main = context.document.language
        blocks = [
            paragraph
            for paragraph in context.document.paragraphs
            if not paragraph.quoted and not paragraph.depth
        ]
        total = sum(block.words for block in blocks)
        han = sum(count_ideographs(block.plain) for block in blocks)
        ours = han if main == "zh" else total - han
        sudden = len(blocks) > _BARE and ours >= _SHARE * total
        scripts = _FOREIGN.search(context.source) is not None
        foreign = sum(
            len(match[0])
            for block in blocks
            if scripts and not block.plain.isascii()
            for match in _FOREIGN.finditer(block.plain)
        )
        for block in blocks:
            prose = block.prose
            changed = sudden and block.language != main and block.words >= _FEWEST_WORDS
            if changed and not (_HAN if main == "zh" else _LATIN).search(block.plain):
                if block.inline.links and count_words(block.plain) < 2 * _FEWEST_WORDS:
                    continue
                yield self.diagnostic(block.span)
                continue
            if prose.isascii():
                continue
            if scripts and foreign <= max(_FEW, _MOST_FOREIGN * len(context.source)):
                for match in _FOREIGN.finditer(prose):
                    if _QUOTED.search(prose[: match.start()][-_LOOK_BACK:]) or any(
                        link.label.touches(Span(*match.span())) for link in block.inline.links
                    ):
                        continue
                    yield self.diagnostic(block.source_span(*match.span()))
            if main == "en" and sudden and len(_LATIN_WORD.findall(prose)) > _BARE:
                for match in _HAN_RUN.finditer(prose):
                    yield self.diagnostic(block.source_span(*match.span()))

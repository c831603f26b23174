import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.phrases import variants_zh
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_WORD = re.compile(
    r"[A-Za-z][A-Za-z0-9]{3,}(?:-[A-Za-z0-9]+)*|[A-Za-z][A-Za-z0-9]{0,2}(?:-[A-Za-z0-9]+)+"
)
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]|[A-Z]{2,}[a-z]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:。！？：\"“(（\n]\s*)$")
_LOOK_BACK = 4


class TermVariants(Rule):
    r"""The same term is written in several ways.

    Within one text: names whose inner capitals vary (GitHub, Github), words with and without a hyphen
    (e-mail, email), and Chinese variants such as 登录/登陆, 账号/帐号.

    Why: readers wonder whether two different things are meant, and a search finds only one spelling.

    Example:

        Open GitHub. Your Github account needs a name.

    Fix (unsafe): replace the rarer spelling with the more common one.

    ---
    同一个词有几种写法

    同一篇里：内部大写不一致的名称（GitHub、Github），有无连字符不一致的词（e-mail、email），
    以及“登录/登陆”“账号/帐号”一类的异形词。

    为什么：读者会以为是两样东西，搜索也只能找到一半。

    示例：

        打开登录页，用帐号登陆。没有账号就先注册。

    修复（不安全）：把较少的写法改成较多的写法。
    """

    code = "STR011"
    name = "term-variants"
    fixes = "unsafe"
    message = Text("“{rare}” is written “{usual}” elsewhere.", "“{rare}”在别处写作“{usual}”。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        places: dict[str, list[tuple[str, Span]]] = defaultdict(list)
        counts = Counter(
            word for text in context.document.texts for word in _WORD.findall(text.prose)
        )
        forms: dict[str, set[str]] = defaultdict(set)
        for word in counts:
            forms[word.lower().replace("-", "")].add(word)
        varying = {
            word
            for group in forms.values()
            if len(group) > 1 and _is_variant(list(group))
            for word in group
        }
        for block in context.document.texts if varying else []:
            prose = block.prose
            for match in _WORD.finditer(prose):
                word = match[0]
                if word not in varying:
                    continue
                if word.istitle() and _SENTENCE_START.search(
                    prose[max(0, match.start() - _LOOK_BACK) : match.start()]
                ):
                    continue
                places[word.lower().replace("-", "")].append(
                    (word, block.source_span(*match.span()))
                )
        for spots in places.values():
            yield from self._variants(spots)
        if "zh" in context.languages:
            mixed = [pair for pair in variants_zh() if all(form in context.source for form in pair)]
            for pair in mixed:
                yield from self._variants(list(_occurrences(context, pair)))

    def _variants(self, spots: list[tuple[str, Span]]) -> Iterator[Diagnostic]:
        counts = Counter(word for word, _ in spots)
        if len(counts) < 2 or not _is_variant(list(counts)):  # noqa: PLR2004
            return
        usual = counts.most_common(1)[0][0]
        for word, span in spots:
            if word != usual and _is_variant([word, usual]):
                yield self.diagnostic(span, Edit(*span, usual), rare=word, usual=usual)


def _is_variant(forms: list[str]) -> bool:
    """Whether the forms differ in inner capitals or hyphens, not only in a first capital."""
    if not forms[0].isascii():
        return True
    folded = {form[:1].lower() + form[1:] for form in forms}
    hyphens = {form.count("-") for form in forms}
    if len(hyphens) > 1:
        return True
    return (
        len(folded) > 1
        and any(_INNER_CAPITAL.search(form) for form in forms)
        and not any(form.isupper() for form in forms)
    )


def _occurrences(context: LintContext, pair: tuple[str, ...]) -> Iterator[tuple[str, Span]]:
    pattern = re.compile("|".join(map(re.escape, pair)))
    for block in context.document.texts:
        for match in pattern.finditer(block.prose):
            yield match[0], block.source_span(*match.span())

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.document import Section

_WORD = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]{2,}")
_FEWEST_TERMS, _FEWEST_PAIRS = 4, 8  # words, pairs of characters, used more than once
_STEM = 5  # letters; enough to join brew, brewing, brewed
_COMMON = frozenset(
    (
        "about after again along also although always among another around because been before "
        "being between both cannot could does doing done down during each either else enough even "
        "every example first following from getting give given goes good great have having help "
        "here however important including instead into just keep know large later less like long "
        "look made make making many might more most much must need never next often once only open "
        "other over part people perhaps place point possible rather right same second should show "
        "since small some something start still such sure take than that their them then there "
        "these they thing things this those though through time together under until used using "
        "very want ways well were what when where which while will with within without work working "
        "would year years your"
    ).split()
)
_COMMON_STEMS = frozenset(word[:_STEM] for word in _COMMON)


@dataclass(frozen=True)
class UnconnectedSections(Rule):
    r"""A section is unrelated to the rest of the text.

    The words a section uses more than once hardly occur anywhere else in the text.

    Why: the section is off topic or lacks a transition.

    Example: a section on the history of railways in an article about tea.

    Fix: none; write a transition, or remove the section.

    Tune: `share` (0.12) is the share of a section's frequent words that must occur elsewhere;
    `words` (50) is the minimum length of a section to check.

    ---
    小节与全文没有联系

    一节里反复出现的词，在全文其他地方几乎都不出现。

    为什么：这一节跑题了，或者缺少过渡。

    示例：讲茶的文章里出现一节铁路史。

    修复：无；补写过渡，或删去这一节。

    调整：`share`（0.12）是一节的常用词中应在别处出现的比例；`words`（50）是要检查的最短篇幅。
    """

    share: float = 0.12
    words: int = 50

    code = "STR010"
    name = "unconnected-section"
    severity = "info"
    message = Text(
        "“{title}” shares hardly any words with the rest of the text.",
        "“{title}”与全文其他部分几乎没有共同的词。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        parts = [
            section for section in context.document.sections if section.heading and section.words
        ]
        used = {id(part): _terms(part) for part in parts}
        everywhere: Counter[str] = Counter()
        total = sum(sum(block.words for block in part.paragraphs) for part in parts)
        for terms in used.values():
            everywhere.update(terms.keys())
        for section in parts:
            own = [term for term, count in used[id(section)].items() if count > 1]
            if (
                total < 2 * section.words
                or section is parts[0]
                or section.words < self.words
                or len(own) < (_FEWEST_TERMS if all(map(str.isascii, own)) else _FEWEST_PAIRS)
                or section.children
            ):
                continue
            shared = sum(1 for term in own if everywhere[term] > 1)
            if shared < self.share * len(own):
                assert section.heading
                yield self.diagnostic(section.heading.span, title=section.title)


def _terms(section: Section) -> Counter[str]:
    words: list[str] = []
    for block in section.paragraphs:
        for run in _WORD.findall(block.plain):
            if run.isascii():
                words.append(run[:_STEM].lower())
            else:
                words += map(add, run, run[1:])
    terms = Counter(words)
    for stem in _COMMON_STEMS.intersection(terms):
        del terms[stem]
    return terms

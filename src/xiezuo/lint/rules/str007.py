import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.numerals import number_of
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import ItemList, TextBlock
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_WRITTEN = re.compile(
    r"\s*(?:(?P<zh>[一二三四五六七八九十]{1,3})[、．.]|第(?P<ord>[一二三四五六七八九十]{1,3}|\d{1,2})(?P<unit>[章节步部条点，、])|"
    r"[（(](?P<paren>[一二三四五六七八九十]{1,3}|\d{1,2})[)）]|"
    r"(?P<word>step|chapter|part|section|步骤)\s*(?P<num>\d{1,2}|[一二三四五六七八九十])\b|"
    r"(?P<arabic>\d{1,2})[.、．](?!\d))",
    re.IGNORECASE,
)
_Numbered = tuple[str, int, Span]


class BrokenNumbering(Rule):
    r"""Numbers skip or repeat.

    Numbered lists, numbered headings of one level under one parent, and paragraphs that open with
    "一、", "第一步", "Step 1" must count up by one. A list whose items are all `1.` is numbered by
    Markdown and is not reported.

    Why: a gap means that an item was never written; a repeated number, that the model lost track.

    Example:

        1. Heat the water.
        2. Steep the leaves.
        4. Pour.

    Fix (unsafe, lists): correct the number; if an item is missing, this hides it.

    ---
    编号不连续

    有序列表、同一上级下同级的编号标题，以及以“一、”“第一步”“Step 1”开头的段落，应当逐一递增。
    全部写作 `1.` 的列表由 Markdown 自动编号，不算错误。

    为什么：跳号意味着漏了一项，重号意味着写乱了次序。

    示例：

        1. 烧水。
        2. 冲泡。
        4. 倒茶。

    修复（不安全，仅列表）：改正数字；如果确实漏了一项，这样会把它掩盖掉。
    """

    code = "STR007"
    name = "broken-numbering"
    fixes = "unsafe"
    message = Text("Number {number} follows {before}.", "{before} 之后是 {number}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for item_list in context.document.lists:
            if item_list.ordered:
                yield from self._list(item_list)
        for section in context.document.sections:
            yield from self._written(
                (child.heading for child in section.children if child.heading), 1
            )
            yield from self._written((b for b in section.paragraphs if not b.depth), 2)
        top = (s.heading for s in context.document.sections if s.heading and not s.parent)
        yield from self._written(top, 1)

    def _list(self, item_list: ItemList) -> Iterator[Diagnostic]:
        numbers = [item.number or 0 for item in item_list.items]
        if len(set(numbers)) == 1:
            return
        for before, number, item in zip(numbers, numbers[1:], item_list.items[1:], strict=False):
            if number != before + 1:
                edit = Edit(item.marker.start, item.marker.end - 1, str(before + 1))
                yield self.diagnostic(item.marker, edit, before=before, number=number)
                return

    def _written(self, blocks: Iterable[TextBlock], least: int) -> Iterator[Diagnostic]:
        runs: dict[str, list[_Numbered]] = {}
        for block in blocks:
            if numbered := _number(block):
                runs.setdefault(numbered[0], []).append(numbered)
        for run in runs.values():
            if len(run) <= least or run[0][1] > 1:
                continue
            for (_, before, _), (_, number, span) in pairwise(run):
                if number not in {before + 1, 1} or (number == 1 and before == 1):
                    yield self.diagnostic(span, before=before, number=number)
                    break


def _number(block: TextBlock) -> _Numbered | None:
    """Style of numbering, number, and its characters."""
    match = _WRITTEN.match(block.prose.replace("\u2060", " "))
    if not match or not match.lastgroup:
        return None
    groups = {name: text for name, text in match.groupdict().items() if text}
    style = f"{block.kind}{block.level}{sorted(groups)}{groups.get('unit', '')}{groups.get('word', '').lower()}"
    value = next(text for name, text in groups.items() if name not in {"unit", "word"})
    if not (number := number_of(value)):
        return None
    return (
        style,
        number,
        block.source_span(match.start() + len(match[0]) - len(match[0].lstrip()), match.end()),
    )

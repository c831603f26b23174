import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit

_TABS = re.compile(r"^\t+(?=\S)|^ +\t[ \t]*(?=\S)|^\t+ [ \t]*(?=\S)", re.MULTILINE)
_SPACES = re.compile(r"^ {2,}\S", re.MULTILINE)
_KEEP_TABS = {"makefile", "make", "tsv", "go", "diff", "text", "txt", ""}
_WIDTH = 4


class MixedIndentation(Rule):
    r"""Tabs and spaces are mixed in one code block.

    Some lines are indented with tabs and some with spaces. Makefiles, Go and plain text are skipped.

    Why: lines that align in one editor do not in another, and Python rejects the code.

    Example: a block whose first line is indented with four spaces and whose second with a tab.

    Fix (unsafe): replace each tab with four spaces.

    ---
    代码块里混用制表符和空格缩进

    有的行用制表符缩进，有的行用空格。Makefile、Go 和纯文本不检查。

    为什么：换个编辑器就对不齐，Python 会直接报错。

    示例：第一行用四个空格缩进，第二行用制表符缩进的代码块。

    修复（不安全）：每个制表符换成四个空格。
    """

    code = "COD013"
    name = "mixed-indentation"
    fixes = "unsafe"
    message = Text("This block mixes tabs and spaces.", "这个代码块混用了制表符和空格缩进。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            if block.language in _KEEP_TABS or "\t" not in block.content:
                continue
            tabs = list(_TABS.finditer(block.content))
            if not tabs or not (
                _SPACES.search(block.content) or any(" " in tab[0] for tab in tabs)
            ):
                continue
            edits = [
                Edit(*block.source_span(*tab.span()), tab[0].replace("\t", " " * _WIDTH))
                for tab in tabs
            ]
            yield self.diagnostic(block.source_span(*tabs[0].span()), *edits)

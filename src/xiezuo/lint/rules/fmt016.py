from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import guess_language
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit


class FenceWithoutLanguage(Rule):
    r"""A code block has no language tag.

    Reported if the language can be detected, or if other blocks of the text have a tag.

    Why: the code is not highlighted and cannot be checked.

    Example:

        ```
        import math
        print(math.pi)
        ```

    Fix (unsafe): add the detected language.

    ---
    代码块没有标明语言

    在能看出语言、或文中其他代码块都标了语言时报告。

    为什么：没有语法高亮，代码也无从检查。

    示例：

        ```
        import math
        print(math.pi)
        ```

    修复（不安全）：补上判断出的语言。
    """

    code = "FMT016"
    name = "fence-without-language"
    fixes = "unsafe"
    message = Text("This code block has no language tag.", "这个代码块没有标明语言。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        fences = context.document.fences
        named = any(block.info.strip() for block in fences)
        for block in fences:
            if block.info.strip() or not block.content.strip():
                continue
            guess = guess_language(block.content)
            if guess or named:
                end = block.opening.start + len(block.opening.of(context.source).rstrip())
                yield self.diagnostic(block.opening, *([Edit(end, end, guess)] if guess else []))

from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import real_language
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit


class WrongLanguageTag(Rule):
    r"""A code block has the wrong language tag.

    The block does not parse as the language of its tag, but parses as another one and looks like it.

    Why: the highlighting is wrong, and readers are misled.

    Example:

        ```python
        const tea = () => { console.log("green"); };
        ```

    Fix (unsafe): replace the tag with the detected language.

    ---
    代码块的语言标错了

    按标注的语言无法解析，按另一种语言可以解析，而且看起来正是那种语言。

    为什么：语法高亮会出错，也会误导读者。

    示例：

        ```python
        const tea = () => { console.log("green"); };
        ```

    修复（不安全）：换成判断出的语言。
    """

    code = "COD012"
    name = "wrong-language-tag"
    fixes = "unsafe"
    message = Text(
        "The block is tagged `{tag}` but contains {language}.",
        "标注为 `{tag}`，实际是 {language}。",
    )

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            if (language := real_language(block)) is None:
                continue
            start = context.source.index(block.fence, block.opening.start) + len(block.fence)
            at = context.source.index(block.info.strip().split()[0], start)
            edit = Edit(at, at + len(block.info.strip().split()[0]), language)
            yield self.diagnostic(block.opening, edit, tag=block.language, language=language)

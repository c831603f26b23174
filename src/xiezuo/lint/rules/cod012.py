from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.code.faulty_blocks import real_language
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit


class WrongLanguageTag(Rule):
    r"""A code block names the wrong language.

    It does not parse as the language of its tag, does parse as another one, and looks like it.

    Why: highlighting and copy buttons go wrong, and readers are misled.

    Example:

        ```python
        const tea = () => { console.log("green"); };
        ```

    Fix (unsafe): the tag is replaced by the language found.

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
    message = Text("Tagged `{tag}`, but this is {language}.", "标注为 `{tag}`，实际是 {language}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for block in context.document.fences:
            if (language := real_language(block)) is None:
                continue
            start = context.source.index(block.fence, block.opening.start) + len(block.fence)
            at = context.source.index(block.info.strip().split()[0], start)
            edit = Edit(at, at + len(block.info.strip().split()[0]), language)
            yield self.diagnostic(block.opening, edit, tag=block.language, language=language)

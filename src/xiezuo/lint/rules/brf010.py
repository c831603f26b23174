import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_WANTS_CODE = re.compile(
    r"\b(?:code|program|script|snippets?|runnable|implementation)\b|代码|程序|脚本|可运行",
    re.IGNORECASE,
)
_NO_CODE = re.compile(
    r"\b(?:source code of conduct|code of|dress code|area code|zip code|no code|without (?:any )?code)\b|"
    r"\b(?:tv|television|radio|theatre|training|exercise|school|space|degree|exchange) program\b|不要代码|不含代码|无需代码",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:python|java|javascript|typescript|rust|go|golang|ruby|php|sql|bash|shell|html|css|kotlin|swift|scala|perl|"
    r"matlab|lua|haskell|yaml|json|toml)\b|(?<![\w])(?:c|c\+\+|c#|r)(?![\w])|```|\bfence|围栏|代码块",
    re.IGNORECASE,
)


class CodeWithoutLanguage(Rule):
    r"""The brief asks for code without naming a language.

    Neither the task, the structure nor the example names a programming language or has a code fence.

    Why: a small model switches languages within the text and leaves fences untagged.

    Example:

        task: Write a tutorial with code that sorts a list.

    Fix: none; name the language, preferably with a code fence in the example.

    ---
    要求写代码，但没有指定语言

    任务、结构和示例里既没有编程语言，也没有代码围栏。

    为什么：小模型会中途换语言，代码块也不标语言。

    示例：

        task: 写一篇带代码的排序教程。

    修复：无；写明语言，最好在示例里给出一个代码块。
    """

    code = "BRF010"
    name = "code-without-language"
    needs = "brief"
    message = Text("The brief asks for code but names no language.", "要求写代码，但没有指定语言。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        everything = "\n".join(
            [
                brief.task,
                brief.example,
                brief.role,
                *(section.heading for section in brief.structure),
            ]
        )
        if _WANTS_CODE.search(_NO_CODE.sub("", brief.task)) and not _LANGUAGE.search(everything):
            yield self.diagnostic(brief.span("task"))

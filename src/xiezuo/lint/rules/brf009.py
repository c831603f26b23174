import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule

_PLACE = re.compile(
    r"\{\{?\s*[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff .-]{0,40}\s*\}?\}|<(?:your|insert|topic|name)[^>\n]{0,40}>|\[(?:insert|your|topic)[^\]\n]{0,40}\]|【[^】\n]{0,12}(?:填写|主题|名称)[^】\n]{0,12}】|\bX{3,}\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"```[\s\S]*?(?:```|\Z)|`[^`\n]*`")


class BriefPlaceholder(Rule):
    r"""The brief still contains a placeholder.

    Outside code: `{topic}`, `[insert …]`, `<your …>`.

    Why: the model writes about the placeholder or copies it into the text.

    Example:

        task: Write an article about {topic}.

    Fix: none; fill it in.

    ---
    写作要求里还留着占位符

    代码之外的 `{主题}`、`【填写……】`、`[insert …]`。

    为什么：模型会把占位符当成主题，或者照抄到正文里。

    示例：

        task: 写一篇关于{主题}的文章。

    修复：无；请填写内容。
    """

    code = "BRF009"
    name = "brief-placeholder"
    needs = "brief"
    severity = "error"
    message = Text("`{place}` in `{key}` was not filled in.", "`{key}` 里的 `{place}` 还没有填写。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        brief = context.brief
        assert brief
        for key in ("role", "task", "example"):
            for placeholder in _PLACE.finditer(_CODE.sub("", getattr(brief, key))):
                yield self.diagnostic(brief.span(key), place=placeholder[0], key=key)

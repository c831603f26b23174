import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.blocks import TextBlock

_COLON = re.compile(r"[:：][\s*_\u2060]*$")
_PROMISE = re.compile(
    r"(?:下面|接下来|下文|以下|后面)[，,]?(?:我们|本文|笔者)?(?:将|会|就|来)?(?:一一|逐一|分别|详细|具体)*"
    r"(?:介绍|讲解|说明|探讨|讨论|分析|阐述|展示|列出|给出)|如下(?:所示)?$|"
    r"\b(?:below|next|now|in the following|here),?\s+(?:we|i|you)(?:'ll| will| shall| are going to|'re)\b|"
    r"\b(?:we|i|let's) (?:will |shall |now )*(?:look at|explore|discuss|describe|cover|walk through|"
    r"examine)\b[^.]*\b(?:below|next|following)\b|\bas follows$|\bthe following (?:steps?|list|example|code)$",
    re.IGNORECASE,
)


class DanglingPromise(Rule):
    r"""An announcement that nothing follows.

    A section ends in a colon, or the text ends in a sentence that announces more ("below we will
    look at …").

    Why: the announced content was never written.

    Example:

        ## Water

        These are the temperatures to keep in mind:

    Fix: none; write the announced part or remove the announcement.

    ---
    预告之后没有下文

    小节以冒号结尾，或全文以预告后文的句子结尾（“下面将介绍……”）。

    为什么：预告的内容没有写出来。

    示例：

        ## 水温

        需要注意的温度如下：

    修复：无；补写内容，或删去预告。
    """

    code = "CUT008"
    name = "dangling-promise"
    severity = "error"
    message = Text("Nothing follows this announcement.", "这句预告之后没有内容。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        for section in context.document.sections:
            visible = [block for block in section.body if block.kind not in {"rule", "front"}]
            last = visible[-1] if visible else None
            if not isinstance(last, TextBlock) or section.children or not last.words:
                continue
            if _COLON.search(last.prose) and not is_chatter(last.plain, opening=True):
                yield self.diagnostic(last.sentences[-1].span)
            elif last is context.last_block and last.kind == "paragraph":
                sentence = last.sentences[-1]
                if _PROMISE.search(sentence.text.rstrip(".。…！!：:")):
                    yield self.diagnostic(sentence.span)

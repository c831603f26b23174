import re
from collections.abc import Iterator

from xiezuo.i18n import Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.rule import Rule
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f"
_BROKEN = re.compile(
    rf"[\ufffd\ud800-\udfff{_CONTROL}\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
# UTF-8 that was decoded as Windows-1252 or Latin-1.
_WRONG = re.compile(
    r"(?:[ÃÂ][\x80-\xbf]){2,}|(?:[äåæçèé][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¡-¿]{2}){2,}|â€[™œ\x9d“”˜¦]"
)
_LATIN = re.compile(r"[ÃÂäåæçèéâ]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)


class BrokenCharacter(Rule):
    r"""Broken or invisible characters.

    The replacement character, lone surrogates, control characters, invisible marks that change the
    direction of text, and text decoded with the wrong encoding ("â€™").

    Why: they appear when a token is cut within a character; invisible characters can hide text.

    Example:

        Donâ€™t boil green tea.

    Fix (safe): remove invisible characters. A broken character cannot be recovered.

    ---
    损坏或不可见的字符

    替换字符、孤立的代理码位、控制字符、改变文字方向的不可见字符，以及按错误编码解出的乱码。

    为什么：token 在字符中间被截断就会留下它们；不可见字符还能藏匿文字。

    示例：

        绿茶���用沸水。

    修复（安全）：删去不可见字符。损坏的字符无法恢复。
    """

    code = "FMT019"
    name = "broken-character"
    severity = "error"
    fixes = "safe"
    message = Text("Broken or invisible characters: {codes}.", "损坏或不可见的字符：{codes}。")

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        wrong = _WRONG.finditer(context.source) if _LATIN.search(context.source) else ()
        for match in (*_BROKEN.finditer(context.source), *wrong):
            if match.start() == 0 and match[0] == "\ufeff":
                continue
            span = Span(*match.span())
            codes = " ".join(f"U+{ord(mark):04X}" for mark in match[0][:4])
            edits = [Edit(*span, "")] if _INVISIBLE.fullmatch(match[0]) else []
            yield self.diagnostic(span, *edits, codes=codes)

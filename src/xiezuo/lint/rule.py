"""The base class of rules."""

import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from xiezuo.i18n import Language, Text
from xiezuo.lint.context import LintContext
from xiezuo.lint.diagnostic import Diagnostic, Fix, Severity
from xiezuo.markdown.edits import Edit
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import TextLanguage

Needs = Literal["outline", "brief"]
Safety = Literal["safe", "unsafe"]
_HALVES = "\n---\n"


@dataclass(frozen=True)
class Rule:
    """A rule; its dataclass fields are the options that a user can tune.

    The docstring of a subclass is its documentation page: English, a line `---`, Chinese. Each half
    has a title, what the rule finds, why it matters, an example, the fix, and the options.

    Attributes:
        code: family and number; the code of a removed rule is never reused.
        name: names the fault, not the fix.
        message: of the diagnostic; `{facts}` are filled in.
        languages: of the passages it checks.
        needs: the input it requires besides the text.
        fixes: the safety of its fixes, if it has any.
        default: whether it runs without being selected.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    message: ClassVar[Text]
    severity: ClassVar[Severity] = "warning"
    languages: ClassVar[tuple[TextLanguage, ...]] = ("en", "zh")
    needs: ClassVar[Needs | None] = None
    fixes: ClassVar[Safety | None] = None
    default: ClassVar[bool] = True

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """The diagnostics of this rule, in text order."""
        raise NotImplementedError

    def diagnostic(
        self,
        span: Span,
        *edits: Edit,
        severity: Severity | None = None,
        message: Text | None = None,
        safety: Safety | None = None,
        **facts: object,
    ) -> Diagnostic:
        """A diagnostic at `span`; `edits`, if any, become its fix."""
        fix = Fix(edits, (safety or self.fixes) == "safe") if edits else None
        sentence = (message or self.message).fill(**facts)
        return Diagnostic(self.code, self.name, severity or self.severity, sentence, span, fix=fix)

    @classmethod
    def page(cls, language: Language) -> str:
        """The documentation as Markdown, without the title."""
        return _documentation(cls)[language].partition("\n")[2].strip()

    @classmethod
    def title(cls, language: Language) -> str:
        return _documentation(cls)[language].partition("\n")[0]


@cache
def _documentation(rule: type[Rule]) -> dict[Language, str]:
    english, _, chinese = inspect.cleandoc(rule.__doc__ or "").partition(_HALVES)
    return {"en": english.strip(), "zh": textwrap.dedent(chinese).strip()}

"""What a document was meant to be, as far as a linter needs to know."""

from dataclasses import dataclass

from xiezuo.markdown.span import Span


@dataclass(frozen=True)
class ExpectedSection:
    """A section the document should have; `words` is its target length."""

    heading: str
    words: int | None = None


@dataclass(frozen=True)
class Expected:
    """An outline: sections in order, and the task they serve."""

    sections: tuple[ExpectedSection, ...]
    task: str = ""
    words: int | None = None


@dataclass(frozen=True)
class BriefParts:
    """A brief to be linted.

    Attributes:
        spans: for each key that is present, its value's characters in the source.
        prompt_tokens: what writing with it takes, when known.
        budget_tokens: the context budget, when known.
        prefill_speed: the engine's, in tokens a second, when known.
    """

    role: str = ""
    task: str = ""
    structure: tuple[ExpectedSection, ...] = ()
    example: str = ""
    words: int | None = None
    spans: dict[str, Span] | None = None
    prompt_tokens: int | None = None
    budget_tokens: int | None = None
    prefill_speed: float | None = None

    def span(self, key: str) -> Span:
        return (self.spans or {}).get(key, Span(0, 0))

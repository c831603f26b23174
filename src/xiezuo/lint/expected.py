"""The outline or brief that a document is compared with."""

from dataclasses import dataclass

from xiezuo.markdown.span import Span


@dataclass(frozen=True)
class ExpectedSection:
    """A section the document should have; `words` is its target length."""

    heading: str
    words: int | None = None


@dataclass(frozen=True)
class Expected:
    """An outline: the sections in order, the task, and the target length in words."""

    sections: tuple[ExpectedSection, ...]
    task: str = ""
    words: int | None = None


@dataclass(frozen=True)
class BriefParts:
    """A brief to be linted.

    Attributes:
        spans: for each key that is present, the span of its value in the source.
        prompt_tokens: length of a prompt with this brief, if known.
        budget_tokens: the context budget, if known.
        prefill_speed: of the engine, in tokens per second, if known.
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

"""Clean human pages cut into documents of a few sections: what faults are injected into."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from random import Random

from xiezuo.markdown.blocks import TextBlock
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.markdown.words import TextLanguage

HERE = Path(__file__).parent
_SHORTEST = 1800  # characters of one base document


@dataclass(frozen=True)
class Base:
    """A clean document and what injections need to know of it."""

    name: str
    text: str
    language: TextLanguage

    @cached_property
    def document(self) -> MarkdownDocument:
        return MarkdownDocument(self.text, self.language)

    def paragraphs(self, least: int = 25) -> list[TextBlock]:
        """Plain paragraphs outside lists, of at least so many words, that end in a full stop."""
        return [
            paragraph
            for paragraph in self.document.paragraphs
            if not paragraph.depth
            and paragraph.words >= least
            and paragraph.content.rstrip()[-1] in ".。"
            and not paragraph.inline.strong
            and "`" not in paragraph.content
            and "$" not in paragraph.content
        ]

    def insert(self, rng: Random, block: str) -> str:
        """The text with a block put between two of its paragraphs."""
        at = rng.choice(self.paragraphs(10)).span.end
        return f"{self.text[:at]}\n\n{block}\n\n{self.text[at:].lstrip(chr(10))}"

    def words(self, rng: Random, count: int) -> list[str]:
        """Words of the text, to fill a template with."""
        pick = rng.choice(self.paragraphs()).plain
        if self.language == "zh":
            han = [mark for mark in pick if "\u4e00" <= mark <= "\u9fff"]
            start = rng.randrange(max(1, len(han) - 2 * count))
            return ["".join(han[start + 2 * at : start + 2 * at + 2]) for at in range(count)]
        words = [word.strip(".,;:!?()\"'“”’").lower() for word in pick.split()]
        words = [word for word in words if word.isalpha() and len(word) > 2]
        start = rng.randrange(max(1, len(words) - count))
        return (words[start : start + count] * count)[:count]


@cache
def bases(language: TextLanguage) -> tuple[Base, ...]:
    documents: list[Base] = []
    for path in sorted((HERE / "human" / language).glob("*.md")):
        page = MarkdownDocument(path.read_text("utf-8"), language)
        starts = [heading.span.start for heading in page.headings if heading.level == 2]
        part = ""
        for start, end in zip(starts, [*starts[1:], len(page.source)], strict=True):
            part += page.source[start:end]
            base = Base(f"{path.stem}:{start}", part.strip() + "\n", language)
            if len(part) >= _SHORTEST and len(base.paragraphs()) > 2:
                documents.append(base)
                part = ""
    return tuple(documents)

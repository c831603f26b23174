"""The document while it is written: an outline, and the text and state of each section."""

from dataclasses import dataclass

from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.writing.model.events import (
    PREAMBLE,
    SectionFinished,
    SectionStarted,
    SectionState,
    StoredDiagnostic,
    TextAdded,
    TextCut,
    TextReplaced,
    WritingEvent,
)
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.section.buffer import find_sections

_GAP = "\n\n"  # between two blocks
_WRITTEN = frozenset({"written", "needs_review", "final"})


@dataclass
class ManuscriptSection:
    """One section: its plan, its body below the heading, its state."""

    planned: PlannedSection
    text: str = ""
    state: SectionState = "planned"
    faults: tuple[StoredDiagnostic, ...] = ()

    @property
    def written(self) -> bool:
        """Whether it is complete."""
        return self.state in _WRITTEN

    @property
    def words(self) -> int:
        return count_words(self.text)


class Manuscript:
    """A document as sections; events change it, `text` is its Markdown.

    Attributes:
        outline: title and sections as planned.
        preamble: the text before the first section: the title, or what the user wrote there.
        parts: the sections, in order.
    """

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.preamble = f"# {outline.title}" if outline.title else ""
        self.parts = [ManuscriptSection(section) for section in outline.sections]

    @classmethod
    def read(
        cls, outline: Outline, text: str, written: frozenset[int] = frozenset()
    ) -> "Manuscript":
        """The document in `text`, as an earlier run or the user left it.

        Text under a heading that is not in the outline belongs to the section that holds it. The
        sections numbered in `written` are complete.
        """
        manuscript = cls(outline)
        headings = [section.heading for section in outline.sections]
        chapters = {section.chapter for section in outline.sections if section.chapter}
        preamble, bodies = find_sections(text, headings, chapters, outline.level)
        if text.strip() and (bodies or not manuscript.preamble.startswith(text.strip())):
            manuscript.preamble = preamble
        for index, body in bodies.items():
            part = manuscript.parts[index]
            part.text = body
            part.state = "written" if index in written else "writing"
        return manuscript

    def apply(self, event: WritingEvent) -> None:
        match event:
            case SectionStarted():
                self.parts[event.index].state = "writing"
            case TextAdded(index=index) if index == PREAMBLE:
                self.preamble += event.text
            case TextAdded():
                self.parts[event.index].text += event.text
            case TextCut():
                part = self.parts[event.index]
                part.text = part.text[: event.length]
            case TextReplaced():
                self.parts[event.index].text = event.text
            case SectionFinished():
                part = self.parts[event.index]
                part.state, part.faults = event.state, event.faults
            case _:
                pass

    @property
    def written(self) -> frozenset[int]:
        """The sections that are complete."""
        return frozenset(index for index, part in enumerate(self.parts) if part.written)

    @property
    def begun(self) -> bool:
        """Whether any section has been started."""
        return any(part.state != "planned" for part in self.parts)

    @property
    def words(self) -> int:
        """Words of the sections; of everything when there are none."""
        return sum(part.words for part in self.parts) if self.parts else count_words(self.preamble)

    @property
    def text(self) -> str:
        """Markdown up to the last section that has been started."""
        text = self.before(len(self.parts))
        return f"{text}\n" if text else ""

    def before(self, index: int) -> str:
        """Markdown before section `index`, up to the last section that has been started."""
        return _GAP.join(text for _, text in self._blocks(index))

    def finished_blocks(self, *, everything: bool = False) -> list[str]:
        """The preamble and the sections before the first unfinished one, as Markdown blocks.

        With `everything`, all sections. Joined by blank lines, the blocks are the document.
        """
        if not self.parts and not everything:
            return []
        blocks = [self.preamble]
        for index, part in enumerate(self.parts):
            if not (everything or part.written):
                break
            text = part.text.strip("\n") if part.text.strip() else ""
            blocks.append(_GAP.join(filter(None, (self.outline.opening(index), text))))
        return blocks

    def spans(self) -> dict[int, Span]:
        """The characters of `text` that hold each section's text, for sections with text."""
        spans: dict[int, Span] = {}
        start = 0
        for index, block in self._blocks(len(self.parts)):
            if index is not None:
                spans[index] = Span(start, start + len(block))
            start += len(block) + len(_GAP)
        return spans

    def _blocks(self, index: int) -> list[tuple[int | None, str]]:
        """The blocks of `before`; a block that is a section's text comes with its index."""
        begun = [
            number for number, part in enumerate(self.parts[:index]) if part.state != "planned"
        ]
        blocks: list[tuple[int | None, str]] = [(None, self.preamble)] if self.preamble else []
        for number, part in enumerate(self.parts[: max(begun, default=-1) + 1]):
            blocks.append((None, self.outline.opening(number)))
            if part.text.strip():
                blocks.append((number, part.text.strip("\n")))
        return blocks

"""From a brief to an outline: asks for the headings and the title that the brief leaves open."""

import re
from collections.abc import Iterable, Iterator
from itertools import count as numbers
from itertools import islice

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import ChatRequest, Delta, Message
from xiezuo.engine.sampling import Sampling
from xiezuo.markdown.words import TextLanguage, language_of
from xiezuo.writing import prompts
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.outline import Outline, PlannedSection, even_sections, requested_sections

WORDS_PER_SECTION = 180  # a heading every half page
FEWEST_SECTIONS, MOST_SECTIONS = 3, 12
LONG_WORK = 4000  # words; from here on an outline has chapters, with longer sections
WORDS_PER_CHAPTER, WORDS_PER_LONG_SECTION = 2000, 400
MOST_CHAPTERS = 24
TRIES = 3
_LONGEST_INTENT = 200  # characters
_NUMBERED = re.compile(r"^\s*(?:[-*]|\d+[.)、:：]|第.{1,3}[章节])\s*")
_DECORATION = re.compile(r"^[#*_\s]+|[*_\s:：.。]+$")
_QUOTES = ('""', "''", "“”", "‘’", "「」", "『』", "《》")

# GBNF: a line of plain words, without numbers in front and Markdown inside.
_LINE_RULE: dict[TextLanguage, str] = {
    "en": r"line ::= [A-Za-z\"'] [A-Za-z0-9 '?&()\"-]{1,50}",
    "zh": r"line ::= [^\n#*<>|`0-9\\ :：] [^\n#*<>|`:：。，]{1,24}",
}
_INTENT_RULE: dict[TextLanguage, str] = {
    "en": r"""intent ::= ": " [A-Za-z] [A-Za-z0-9 ,;'-]{10,110} "."?""",
    "zh": r"""intent ::= "：" [^\n#*<>|`0-9\\ :：] [^\n#*<>|`:：]{5,60}""",
}
_LOOP = re.compile(r"(.{1,8}?)\1{3}")
_INTENT = re.compile(r"\s*[:：]\s*")

# Headings for a model that cannot plan: generic ones that fit any text.
_GENERIC: dict[TextLanguage, tuple[str, ...]] = {
    "en": ("Introduction", "Background", "Main Points", "In Practice", "Common Questions",
           "Examples", "Difficulties", "Alternatives", "Outlook", "Resources", "Notes",
           "Conclusion"),
    "zh": ("引言", "背景", "要点", "实践", "常见问题", "示例", "难点", "其他选择", "展望",
           "参考资料", "补充说明", "总结"),
}  # fmt: skip


async def make_outline(
    brief: Brief, engine: EngineClient, sampling: Sampling, seed: int
) -> Outline:
    """The outline for `brief`; the model is asked only for what the brief leaves open.

    Raises:
        EngineError
    """
    planner = _Planner(brief, engine, sampling, seed)
    if brief.structure:
        sections = requested_sections(brief)
    elif brief.total_words < LONG_WORK:
        count = planned_headings(brief)
        headings = await planner.headings(prompts.outline(brief, count), count)
        sections = even_sections(brief.total_words, headings)
    else:
        sections = await planner.chapters()
    title = brief.title or await planner.title()
    return Outline(brief=brief, title=title, sections=sections)


async def plan_again(
    outline: Outline, index: int, engine: EngineClient, sampling: Sampling, seed: int
) -> Outline:
    """The outline with another heading and intent for section `index`.

    It is unchanged if the model proposes no new heading.

    Raises:
        EngineError
    """
    planner = _Planner(outline.brief, engine, sampling, seed)
    others = [section.heading for section in outline.sections]
    question = prompts.heading(outline.brief, outline.sections, index)
    headings = await planner.headings(question, 1, others, complete=False)
    if not headings:
        return outline
    (heading, intent), old = next(iter(headings.items())), outline.sections[index]
    new = old.model_copy(update={"heading": heading, "intent": intent})
    return outline.model_copy(
        update={"sections": (*outline.sections[:index], new, *outline.sections[index + 1 :])}
    )


class _Planner:
    """Asks the model about one brief."""

    def __init__(self, brief: Brief, engine: EngineClient, sampling: Sampling, seed: int) -> None:
        self._brief = brief
        self._engine = engine
        self._sampling = sampling
        self._seed = seed

    async def headings(
        self, question: str, count: int, taken: Iterable[str] = (), *, complete: bool = True
    ) -> dict[str, str | None]:
        """`count` headings, all different and not among those `taken`, with their intents.

        They are collected over several tries; generic headings fill the rest.
        """
        language, taken = self._brief.written_in, list(taken)
        grammar, max_tokens = _lines_grammar(count, language), 56 * count
        headings: dict[str, str | None] = {}
        for attempt in range(TRIES):
            seed = self._seed + attempt
            answer = await self._ask(question, seed=seed, grammar=grammar, max_tokens=max_tokens)
            for heading, intent in _listed_headings(answer):
                if not _is_among(heading, [*taken, *headings]):
                    headings[heading] = intent
            if len(headings) >= count:
                return dict(islice(headings.items(), count))
        if not complete:
            return headings
        used = [*taken, *headings]
        unused = (heading for heading in _generic(language) if not _is_among(heading, used))
        return headings | {next(unused): None for _ in range(count - len(headings))}

    async def chapters(self) -> tuple[PlannedSection, ...]:
        """Chapters of equal length, each with its sections."""
        brief = self._brief
        sections: list[PlannedSection] = []
        count = planned_headings(brief)
        chapters = await self.headings(prompts.outline(brief, count), count)
        for chapter in even_sections(brief.total_words, chapters):
            count = _sections_in(chapter.words)
            question = prompts.chapter(brief, chapters, chapter.heading, count)
            taken = [*chapters, *(section.heading for section in sections)]
            own = even_sections(chapter.words, await self.headings(question, count, taken))
            sections += [own[0].model_copy(update={"chapter": chapter.heading}), *own[1:]]
        return tuple(sections)

    async def title(self) -> str | None:
        language = self._brief.written_in
        answer = await self._ask(
            prompts.title(self._brief),
            seed=self._seed,
            grammar=f'root ::= " "? line "\\n"\n{_LINE_RULE[language]}',
            max_tokens=32,
            opening="#",
        )
        return next(
            (title for title in _listed_titles(answer) if language_of(title) == language), None
        )

    async def _ask(
        self, question: str, *, seed: int, grammar: str, max_tokens: int, opening: str = ""
    ) -> str:
        """The answer to one question about the brief, which the model starts with `opening`."""
        messages = [
            Message("system", prompts.system(self._brief)),
            Message("user", f"{prompts.brief(self._brief)}\n\n{question}"),
        ]
        if opening and self._engine.capabilities.continuation != "none":
            messages.append(Message("assistant", opening))
        request = ChatRequest(
            messages=tuple(messages),
            sampling=self._sampling,
            max_tokens=max_tokens,
            seed=seed,
            grammar=grammar,
        )
        async with self._engine.chat(request) as events:
            return "".join([event.text async for event in events if isinstance(event, Delta)])


def planned_headings(brief: Brief) -> int:
    """The number of headings in the first request: sections, or chapters of a long work."""
    if brief.total_words < LONG_WORK:
        return _between(FEWEST_SECTIONS, brief.total_words // WORDS_PER_SECTION, MOST_SECTIONS)
    return _between(FEWEST_SECTIONS, brief.total_words // WORDS_PER_CHAPTER, MOST_CHAPTERS)


def planned_sections(brief: Brief) -> int:
    """The number of sections that the document will have."""
    if brief.structure:
        return len(brief.structure)
    headings = planned_headings(brief)
    if brief.total_words < LONG_WORK:
        return headings
    return headings * _sections_in(brief.total_words // headings)


def _sections_in(words: int) -> int:
    """The number of sections in a chapter of `words`."""
    return _between(2, words // WORDS_PER_LONG_SECTION, MOST_SECTIONS)


def _between(least: int, number: int, most: int) -> int:
    return min(max(number, least), most)


def _generic(language: TextLanguage) -> Iterator[str]:
    """Generic headings, followed by numbered ones without end."""
    yield from _GENERIC[language]
    for number in numbers(1):
        yield f"Part {number}" if language == "en" else f"第{number}部分"


def _lines_grammar(count: int, language: TextLanguage) -> str:
    """GBNF for `count` numbered lines."""
    rows = " ".join(f'"{number}. " line intent "\\n"' for number in range(1, count + 1))
    return f"root ::= {rows}\n{_LINE_RULE[language]}\n{_INTENT_RULE[language]}"


def _listed_headings(answer: str) -> list[tuple[str, str | None]]:
    """The headings in an answer, each with the intent after its colon; loops are left out."""
    headings: list[tuple[str, str | None]] = []
    for line in _numbered_lines(answer):
        heading, _, intent = _INTENT.sub("\0", line, count=1).partition("\0")
        cleaned = _heading(heading)
        if cleaned and not _LOOP.search(cleaned):
            intent = "" if _LOOP.search(intent) else intent.strip()[:_LONGEST_INTENT]
            headings.append((cleaned, intent or None))
    return headings


def _listed_titles(answer: str) -> list[str]:
    return [title for line in _numbered_lines(answer) if (title := _heading(line))]


def _numbered_lines(answer: str) -> list[str]:
    """The numbered lines of an answer, since the others are chatter; all lines if none is."""
    lines = [_DECORATION.sub("", line) for line in answer.splitlines()]
    numbered = [line for line in lines if _NUMBERED.match(line)]
    return numbered or lines


def _heading(line: str) -> str:
    """A line of an answer as a heading: without numbering, markers and the quotes around it."""
    heading = _DECORATION.sub("", _NUMBERED.sub("", line))
    for opening, closing in _QUOTES:
        inner = heading.removeprefix(opening).removesuffix(closing)
        if opening not in inner and closing not in inner:
            heading = _DECORATION.sub("", inner)
    return heading


def _is_among(heading: str, headings: Iterable[str]) -> bool:
    return heading.casefold() in {other.casefold() for other in headings}

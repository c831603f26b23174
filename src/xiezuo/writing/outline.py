"""Brief → plan: the headings and the title, asked for where the brief does not give them."""

import re
from collections.abc import Iterable
from itertools import islice

from xiezuo.engine.client import EngineClient
from xiezuo.engine.messages import ChatRequest, Delta, Message
from xiezuo.engine.sampling import Sampling
from xiezuo.text.words import TextLanguage, language_of
from xiezuo.writing import prompts
from xiezuo.writing.brief import Brief
from xiezuo.writing.plan import Plan, even_sections, requested_sections

WORDS_PER_SECTION = 180  # a heading every half page
FEWEST_SECTIONS, MOST_SECTIONS = 3, 12
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
_INTENT = re.compile(r"\s*[:：]\s*")

# What any text of its kind has, for a model that cannot plan: never invented, only generic.
_GENERIC: dict[TextLanguage, tuple[str, ...]] = {
    "en": ("Introduction", "Background", "Main Points", "In Practice", "Common Questions",
           "Examples", "Difficulties", "Alternatives", "Outlook", "Resources", "Notes",
           "Conclusion"),
    "zh": ("引言", "背景", "要点", "实践", "常见问题", "示例", "难点", "其他选择", "展望",
           "参考资料", "补充说明", "总结"),
}  # fmt: skip


async def make_plan(brief: Brief, engine: EngineClient, sampling: Sampling, seed: int) -> Plan:
    """The plan for `brief`; the engine is asked only for what the brief leaves open.

    Raises:
        EngineError: the engine could not be used.
    """
    if brief.structure:
        sections = requested_sections(brief)
    else:
        count = brief.total_words // WORDS_PER_SECTION
        count = min(max(count, FEWEST_SECTIONS), MOST_SECTIONS)
        headings = await _plan_headings(brief, count, engine, sampling, seed)
        sections = even_sections(brief, headings)
    title = brief.title or await _plan_title(brief, engine, sampling, seed)
    return Plan(brief=brief, title=title, sections=sections)


async def _plan_headings(
    brief: Brief, count: int, engine: EngineClient, sampling: Sampling, seed: int
) -> dict[str, str | None]:
    """`count` different headings, collected over several tries and then completed."""
    headings: dict[str, str | None] = {}
    for attempt in range(TRIES):
        answer = await _ask(
            engine,
            brief,
            prompts.outline(brief, count),
            sampling,
            seed=seed + attempt,
            grammar=_lines_grammar(count, brief.written_in),
            max_tokens=56 * count,
        )
        for heading, intent in _listed_headings(answer):
            if not _is_among(heading, headings):
                headings[heading] = intent
        if len(headings) >= count:
            return dict(islice(headings.items(), count))
    spare = (one for one in _GENERIC[brief.written_in] if not _is_among(one, headings))
    return headings | {next(spare): None for _ in range(count - len(headings))}


async def _plan_title(
    brief: Brief, engine: EngineClient, sampling: Sampling, seed: int
) -> str | None:
    answer = await _ask(
        engine,
        brief,
        prompts.title(brief),
        sampling,
        seed=seed,
        grammar=f'root ::= " "? line "\\n"\n{_LINE_RULE[brief.written_in]}',
        max_tokens=32,
        begun="#",
    )
    found = (one for one in _listed_titles(answer) if language_of(one) == brief.written_in)
    return next(found, None)


async def _ask(
    engine: EngineClient,
    brief: Brief,
    question: str,
    sampling: Sampling,
    *,
    seed: int,
    grammar: str,
    max_tokens: int,
    begun: str = "",
) -> str:
    """The answer to one question about `brief`; `begun` is its beginning, already given."""
    messages = [
        Message("system", prompts.system(brief)),
        Message("user", f"{prompts.brief(brief)}\n\n{question}"),
    ]
    if begun and engine.offer.continuation != "none":
        messages.append(Message("assistant", begun))
    request = ChatRequest(
        messages=tuple(messages),
        sampling=sampling,
        max_tokens=max_tokens,
        seed=seed,
        grammar=grammar,
    )
    async with engine.chat(request) as events:
        return "".join([event.text async for event in events if isinstance(event, Delta)])


def _lines_grammar(count: int, language: TextLanguage) -> str:
    """GBNF for `count` numbered lines."""
    rows = " ".join(f'"{number}. " line intent "\\n"' for number in range(1, count + 1))
    return f"root ::= {rows}\n{_LINE_RULE[language]}\n{_INTENT_RULE[language]}"


def _listed_headings(answer: str) -> list[tuple[str, str | None]]:
    """The headings in an answer, each with what follows its colon."""
    found: list[tuple[str, str | None]] = []
    for line in _numbered_lines(answer):
        heading, _, intent = _INTENT.sub("\0", line, count=1).partition("\0")
        if cleaned := _heading(heading):
            found.append((cleaned, intent.strip()[:_LONGEST_INTENT] or None))
    return found


def _listed_titles(answer: str) -> list[str]:
    return [title for line in _numbered_lines(answer) if (title := _heading(line))]


def _numbered_lines(answer: str) -> list[str]:
    """The numbered lines of an answer if it has any, since the rest is chatter; else all."""
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
    return heading.casefold() in {one.casefold() for one in headings}

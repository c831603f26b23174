"""Brief → plan: the headings and the title, asked for where the brief does not give them."""

import re

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
_NUMBERED = re.compile(r"^\s*(?:[-*]|\d+[.)、:：]|第.{1,3}[章节])\s*")
_DECORATION = re.compile(r"^[#*_\s]+|[*_\s:：.。]+$")
_QUOTES = ('""', "''", "“”", "‘’", "「」", "『』", "《》")

# GBNF: a line of plain words, without numbers in front and Markdown inside.
_LINE_RULE: dict[TextLanguage, str] = {
    "en": r"line ::= [A-Za-z\"'] [A-Za-z0-9 ,.:;'?!&()\"-]{1,70}",
    "zh": r"line ::= [^\n#*<>|`0-9\\ ] [^\n#*<>|`]{1,70}",
}

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
) -> list[str]:
    """`count` different headings, collected over several tries and then completed."""
    headings: list[str] = []
    for attempt in range(TRIES):
        answer = await _ask(
            engine,
            brief,
            prompts.outline(brief, count),
            sampling,
            seed=seed + attempt,
            grammar=_lines_grammar(count, brief.written_in),
            max_tokens=24 * count,
        )
        for heading in _listed_headings(answer):
            if not _is_among(heading, headings):
                headings.append(heading)
        if len(headings) >= count:
            return headings[:count]
    spare = (one for one in _GENERIC[brief.written_in] if not _is_among(one, headings))
    return headings + [next(spare) for _ in range(count - len(headings))]


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
    found = (one for one in _listed_headings(answer) if language_of(one) == brief.written_in)
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
    rows = " ".join(f'"{number}. " line "\\n"' for number in range(1, count + 1))
    return f"root ::= {rows}\n{_LINE_RULE[language]}"


def _listed_headings(answer: str) -> list[str]:
    """The headings in an answer: its numbered lines if it has any, since the rest is chatter."""
    lines = [_DECORATION.sub("", line) for line in answer.splitlines()]
    numbered = [line for line in lines if _NUMBERED.match(line)]
    return [heading for line in numbered or lines if (heading := _heading(line))]


def _heading(line: str) -> str:
    """A line of an answer as a heading: without numbering, markers and the quotes around it."""
    heading = _DECORATION.sub("", _NUMBERED.sub("", line))
    for opening, closing in _QUOTES:
        inner = heading.removeprefix(opening).removesuffix(closing)
        if opening not in inner and closing not in inner:
            heading = _DECORATION.sub("", inner)
    return heading


def _is_among(heading: str, headings: list[str]) -> bool:
    return heading.casefold() in {one.casefold() for one in headings}

"""Every failure a model is known for, in Chinese and English: the pipeline ends, bounded, and each
fault is repaired or its section marked.
"""

import pytest

from tests.support.scripted_text import endless, first, prose, tokens
from tests.support.writing import OPTIONS, ROUTES
from xiezuo.engine.client import EngineClient
from xiezuo.engine.scripted import scripted
from xiezuo.lint import lint
from xiezuo.markdown.words import count_words
from xiezuo.writing.model.brief import Brief
from xiezuo.writing.model.events import Finished, TextCut, WritingEvent
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import Outline, PlannedSection
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.section.duplicates import sentence_key, sentences

pytestmark = pytest.mark.anyio

WORDS = 120
HEADINGS = {"en": ("Leaf", "Cup"), "zh": ("采茶", "泡茶")}
TASK = {"en": "Explain tea.", "zh": "介绍茶叶。"}
AGAIN = {"en": "Tea is good for you and me. ", "zh": "喝茶对大家都有好处。"}
UNIT = {"en": "leaf {n} ", "zh": "叶{n}"}


def loop(period: int, language: str) -> str:
    turn = "".join(UNIT[language].format(n=number) for number in range(period))
    return turn * (600 // period + 4)


FAULTS = {
    "loop of a sentence": {"en": AGAIN["en"] * 60, "zh": AGAIN["zh"] * 60},
    **{
        f"loop of {period}": {"en": loop(period, "en"), "zh": loop(period, "zh")}
        for period in (1, 30)
    },
    "chatter": {
        "en": "Would you like me to go on? Let me know if you need anything else.",
        "zh": "需要我继续为您写下去吗？如果您还有其他问题，请随时告诉我。",
    },
    "open fence": {
        "en": "\n\n```python\n" + "value = 1\n" * 200,
        "zh": "\n\n```python\n" + "value = 1\n" * 200,
    },
    "language switch": {
        "en": "这是一段突然出现的中文内容，和前面的文字没有关系。" * 5,
        "zh": "Suddenly the text goes on in English for no reason at all, and it stays so. " * 5,
    },
    "broken UTF-8": {"en": "The leaf \ufffd\ufffd\ufffd is dry. " * 20, "zh": "叶子\ufffd\ufffd很干。" * 20},
    "control text": {"en": "<|im_end|>\n<|im_start|>user\nMore!", "zh": "<|im_end|>\n<|im_start|>user\n继续"},
    "refusal": {
        "en": "I'm sorry, but I can't help with that request.",
        "zh": "抱歉，我无法完成这个请求。",
    },
    "placeholder": {"en": "Ask [insert name] about it. ", "zh": "详细步骤此处省略。"},
    "table without end": {
        "en": "\n\n| Tea | Minutes |\n| --- | --- |\n" + "| green | 2 |\n" * 100,
        "zh": "\n\n| 茶 | 分钟 |\n| --- | --- |\n" + "| 绿茶 | 2 |\n" * 100,
    },
    "next heading": {"en": "\n\n## Cup\n\nWrong place.", "zh": "\n\n## 泡茶\n\n位置不对。"},
}  # fmt: skip


def plan(language: str) -> Outline:
    sections = tuple(PlannedSection(heading=heading, words=WORDS) for heading in HEADINGS[language])
    brief = Brief(task=TASK[language], language=language)
    return Outline(brief=brief, title=None, sections=sections)


async def write(
    language: str, *replies: object, **options: object
) -> tuple[Manuscript, list[WritingEvent]]:
    manuscript = Manuscript(plan(language))
    async with (
        scripted(*replies, routes=ROUTES, **options) as engine,
        EngineClient(engine.address, stall_seconds=5) as client,
    ):
        pipeline = WritingPipeline(manuscript, client, OPTIONS)
        events = [event async for event in pipeline.sections()]
    return manuscript, events


def check(manuscript: Manuscript, events: list[WritingEvent], language: str) -> Finished:
    """Ended, bounded; every error is in a section that is marked."""
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.tokens < 12 * WORDS * len(manuscript.parts)
    headings = [line[3:] for line in manuscript.text.split("\n") if line.startswith("## ")]
    assert headings == list(HEADINGS[language])
    for part in manuscript.parts:
        assert part.state in {"written", "needs_review"}
        if part.state == "written":
            diagnostics = lint(part.text, ignore=["STR", "PAD"], language=language)
            assert [
                diagnostic.code for diagnostic in diagnostics if diagnostic.severity == "error"
            ] == []
            keys = [sentence_key(sentence) for sentence in sentences(part.text)]
            assert len(keys) == len(set(keys))
    return end


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_that_comes_once_is_repaired(name: str, language: str):
    model = first(FAULTS[name][language], 1, language)
    manuscript, events = await write(language, model)
    end = check(manuscript, events, language)
    assert end.review_sections == ()
    for part in manuscript.parts:
        assert abs(part.words / WORDS - 1) <= 0.25
    assert abs(manuscript.words / (2 * WORDS) - 1) <= 0.15


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_that_always_comes_ends_bounded(name: str, language: str):
    model = first(FAULTS[name][language], 10**6, language)
    manuscript, events = await write(language, model)
    check(manuscript, events, language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("number", [1, 4, 11])
async def test_a_model_that_stops_after_every_few_sentences_is_asked_for_more(
    language: str, number: int
):
    replies = [tokens(prose(number, language, start=number * call)) for call in range(40)]
    manuscript, events = await write(language, *replies, endless(language))
    check(manuscript, events, language)
    assert abs(manuscript.words / (2 * WORDS) - 1) <= 0.15


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_empty_answers_are_asked_again(language: str):
    manuscript, events = await write(language, [], [], endless(language))
    end = check(manuscript, events, language)
    assert end.review_sections == ()


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_ten_times_too_much_is_stopped(language: str):
    text = prose(1200, language)
    manuscript, events = await write(language, tokens(text), endless(language))
    check(manuscript, events, language)
    assert count_words(manuscript.parts[0].text) <= 1.15 * WORDS


async def test_what_was_cut_is_told_with_the_rule_it_broke():
    _, events = await write("en", first(FAULTS["chatter"]["en"]))
    assert [event.reason for event in events if isinstance(event, TextCut)] == ["FMT010"]

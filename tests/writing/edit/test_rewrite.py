"""Actions on a selection and polish: the answer is always edits, never a silent change."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_text import prose, tokens
from tests.support.writing import ROUTES
from xiezuo.engine.client import EngineClient
from xiezuo.engine.sampling import preset
from xiezuo.engine.scripted import scripted
from xiezuo.lint import lint
from xiezuo.markdown.span import Span
from xiezuo.markdown.words import count_words
from xiezuo.writing.edit.diff import edits_between
from xiezuo.writing.edit.polish import apply, polish
from xiezuo.writing.edit.rewrite import ACTIONS, RewriteContext, Selection, clean_answer, rewrite
from xiezuo.writing.model.brief import Brief

pytestmark = pytest.mark.anyio

BRIEF = Brief(task="Explain tea.")
BODY = "Water matters. Soft water makes the best tea. Steam is hot."
SPAN = Span(15, 45)


async def rewritten(
    reply: str,
    action: str = "rewrite",
    detail: str = "",
    brief: Brief = BRIEF,
    finish_reason: str = "stop",
):
    async with (
        scripted(tokens(reply), routes=ROUTES, finish_reason=finish_reason) as engine,
        EngineClient(engine.address) as client,
    ):
        pen = RewriteContext(client, brief, preset("rewrite"), 1)
        answer = await rewrite(pen, Selection("Cup", BODY, SPAN), action, detail)
    return answer, engine.requests[0]


async def test_only_the_selection_changes():
    answer, request = await rewritten("Soft water gives good tea.")
    assert answer.edits.apply(BODY) == "Water matters. Soft water gives good tea. Steam is hot."
    assert SPAN.of(BODY) in request["messages"][1]["content"]


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "continue"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_action_says_what_it_wants(action: str, language: str):
    brief = BRIEF.model_copy(update={"language": language})
    _, request = await rewritten("New.", action, "DETAIL", brief)
    question = request["messages"][-1]["content"]
    assert SPAN.of(BODY) in question
    assert ("DETAIL" in question) == (action in {"tone", "mend", "free"})


async def test_it_continues_from_the_end_of_the_selection_to_a_whole_sentence():
    answer, request = await rewritten(" Old water is flat. And then", "continue")
    assert answer.edits.apply(BODY) == f"{BODY[:45]} Old water is flat.{BODY[45:]}"
    assert request["messages"][2]["content"].endswith("best tea.")


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! Here is the new passage:\n\nNew text.",
        "```\nNew text.\n```",
        "New text.\n\nLet me know if you need more.",
        "New text.",
    ],
)
def test_what_is_said_around_an_answer_is_left_out(answer: str):
    assert clean_answer(answer, "Old text.") == "New text."


async def test_an_answer_that_is_cut_off_ends_with_a_whole_sentence():
    long = "Soft water gives good tea every time. Hard water does not, and"
    answer, _ = await rewritten(long, finish_reason="length")
    assert answer.text == "Soft water gives good tea every time."


async def test_one_that_is_then_shorter_than_the_passage_changes_nothing():
    answer, _ = await rewritten("Soft water gives", finish_reason="length")
    assert answer.edits.apply(BODY) == BODY
    assert answer.text == SPAN.of(BODY)


async def test_an_empty_answer_changes_nothing():
    answer, _ = await rewritten("  \n")
    assert answer.edits.apply(BODY) == BODY


@given(
    st.text("ab 。茶\n", max_size=60), st.text("ab 。茶\n", max_size=60), st.text("x", max_size=5)
)
def test_edits_turn_one_text_into_the_other(old: str, new: str, lead: str):
    edits = edits_between(old, new, len(lead))
    assert edits.apply(f"{lead}{old}end") == f"{lead}{new}end"


def test_changes_far_apart_are_edits_of_their_own():
    edits = list(
        edits_between(
            "Soft water makes the best green tea.", "Hard water makes the best black tea."
        )
    )
    assert [edit.text for edit in edits] == ["Hard", "black"]


STOCK = "In today's fast-paced world, tea plays a vital role in our daily lives."


def faulty(sentences: int = 40) -> str:
    """A text with one faulty sentence in ten: said twice, or stock phrases."""
    parts = [prose(1, start=number) for number in range(sentences)]
    parts[7], parts[17], parts[27] = parts[2], STOCK, parts[12]
    parts[37] = "It is important to note that tea is a testament to the rich tapestry of culture."
    half = sentences // 2
    return f"# Tea\n\n## Leaf\n\n{' '.join(parts[:half])}\n\n## Cup\n\n{' '.join(parts[half:])}\n"


async def polished(text: str, reply: str):
    async with (
        scripted(tokens(reply), routes=ROUTES) as engine,
        EngineClient(engine.address) as client,
    ):
        return [
            proposal
            async for proposal in polish(text, RewriteContext(client, BRIEF, preset("polish"), 1))
        ]


async def test_polish_touches_faulty_sentences_only_and_costs_little():
    text = faulty()
    proposals = await polished(text, "Tea is drunk every day.")
    assert {proposal.code[:3] for proposal in proposals} >= {"REP"}
    after = apply(text, proposals)
    sound = [number for number in range(40) if number not in {7, 17, 27, 37}]
    assert all(prose(1, start=number) in after for number in sound)
    assert lint(after, select=["REP001"]) == []
    assert sum(proposal.tokens for proposal in proposals) <= 0.4 * count_words(text) * 1.3


async def test_each_proposal_can_be_taken_by_itself():
    text = faulty()
    proposals = await polished(text, "Tea is drunk every day.")
    assert len(proposals) > 1
    for proposal in proposals:
        assert apply(text, [proposal]) != text
    assert all(before.end <= after.start for before, after in pairwise(proposals))


async def test_a_useless_answer_is_no_proposal():
    text = f"# Tea\n\n## Leaf\n\n{STOCK} {STOCK[:-1]}, too. {prose(10)}\n"
    proposals = await polished(text, "\n".join(["line"] * 50))
    assert all(proposal.tokens == 0 for proposal in proposals)


async def test_a_stock_opening_is_taken_off_without_the_model():
    text = f"# Tea\n\n## Leaf\n\nIn today's fast-paced world, tea is drunk often. {prose(3)}\n"
    proposals = await polished(text, "unused")
    assert "\nTea is drunk often." in apply(text, proposals)
    assert sum(proposal.tokens for proposal in proposals) == 0


async def test_a_sentence_is_asked_for_again_until_the_fault_is_gone():
    text = f"# Tea\n\n## Leaf\n\nHave you ever wondered about tea? {prose(3)}\n"
    again = "Have you ever wondered what tea is?"
    async with (
        scripted(tokens(again), tokens("Tea puzzles people."), routes=ROUTES) as engine,
        EngineClient(engine.address) as client,
    ):
        proposals = [
            proposal
            async for proposal in polish(text, RewriteContext(client, BRIEF, preset("polish"), 1))
        ]
    assert "\nTea puzzles people." in apply(text, proposals)
    assert proposals[0].tokens == len(tokens(again)) + len(tokens("Tea puzzles people."))

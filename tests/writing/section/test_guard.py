"""The guard: what it goes back for, how far, and what it lets pass."""

from itertools import islice, product

import pytest

from tests.support.scripted_text import prose, tokens
from xiezuo.markdown.words import count_words
from xiezuo.writing.section.duplicates import SentenceIndex
from xiezuo.writing.section.guard import TABLE, Guard, Verdict


def watch(
    text: str, language: str = "en", said: str = "", size: int = 0
) -> tuple[Verdict | None, str]:
    """Feed token by token (or `size` characters at a time); the verdict and what was there then."""
    others = SentenceIndex()
    others.add(said)
    guard = Guard(language, others)
    grown = ""
    pieces = [text[at : at + size] for at in range(0, len(text), size)] if size else tokens(text)
    for piece in pieces:
        grown += piece
        if verdict := guard.look(grown):
            return verdict, grown
    return guard.finish(grown), grown


GOOD = {"en": prose(3) + " ", "zh": prose(3, "zh")}


@pytest.mark.parametrize(
    ("language", "fault", "code"),
    [
        ("en", prose(1), "REP001"),
        ("zh", prose(1, "zh"), "REP001"),
        ("en", "这是一个关于茶叶的故事。", "FMT015"),
        ("zh", "This is a story about tea and the people who make it. ", "FMT015"),
        ("en", "Это совсем другой язык. ", "FMT015"),
        ("en", "Would you like me to write more about tea? ", "FMT010"),
        ("zh", "需要我继续写下去吗？", "FMT010"),
        ("en", "I'm sorry, but I can't help with that request. ", "FMT010"),
        ("zh", "抱歉，我无法完成这个请求。", "FMT010"),
        ("en", "<|im_end|> ", "FMT011"),
        ("zh", "<|im_start|>user", "FMT011"),
        ("en", "Write to [insert name] today. ", "CUT009"),
        ("zh", "具体内容此处省略。", "CUT009"),
        ("en", "\n\n8.\n9. 10).\n\n11.", "CUT011"),
        ("zh", "\n\n1. 1)\n2、\n", "CUT011"),
        ("en", "The leaf \ufffd\ufffd dries. ", "FMT019"),
    ],
)
def test_it_goes_back_to_the_last_sound_sentence(language: str, fault: str, code: str):
    verdict, _ = watch(GOOD[language] + fault, language)
    assert verdict is not None
    assert verdict.reason == code
    assert (GOOD[language] + fault)[: verdict.length].strip() == GOOD[language].strip()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sentence_of_another_section_is_not_said_again(language: str):
    verdict, _ = watch(prose(1, language), language, said=prose(5, language))
    assert verdict == Verdict(0, "REP001")


def test_a_sentence_that_says_nearly_the_same_is_found():
    said = "The leaves of the old tea bushes are picked by hand at dawn in early spring."
    again = "Today the leaves of the old tea bushes are picked by hand at dawn in spring. "
    verdict, _ = watch(again, said=said)
    assert verdict == Verdict(0, "REP001")


@pytest.mark.parametrize(
    "opening", ["Sure! Here is the section you asked for. ", "Certainly, I can do that. "]
)
def test_an_announcement_at_the_start_is_cut(opening: str):
    verdict, _ = watch(opening + GOOD["en"])
    assert verdict == Verdict(0, "FMT010")


@pytest.mark.parametrize(
    "closing", ["I hope this helps you with your tea.", "Let me know if you need more."]
)
def test_a_farewell_at_the_end_is_cut(closing: str):
    verdict, _ = watch(f"{GOOD['en']}{closing}")
    assert verdict is not None
    assert verdict.reason == "FMT010"
    assert verdict.length in {len(GOOD["en"]), len(GOOD["en"]) - 1}


@pytest.mark.parametrize("period", [1, 2, 3, 5, 8, 13, 30, 60, 120, 200])
def test_a_loop_is_noticed_within_three_turns_or_120_tokens(period: int):
    words = [f"word{number}" for number in range(period)]
    intro = prose(3)
    turn = " " + " ".join(words)
    verdict, grown = watch(intro + turn * 60)
    assert verdict is not None
    assert verdict.reason in {"REP004", "REP001", "CUT001"}
    assert verdict.length <= len(intro) + len(turn)
    looped = len(tokens(grown[len(intro) :]))
    assert looped <= max(3 * len(tokens(turn)), 120) + len(tokens(turn)) // 4 + 30


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'She said: "Of course, tea needs water." He nodded, and then they drank.'),
        ("en", "Surely the best tea grows here. Here is where the road ends."),
        ("en", "Tea is called 茶 in Chinese. The word cha comes from it."),
        ("zh", "这种茶叫做 green tea，在英国很受欢迎。人们把它和 black tea 分开存放。"),
        ("en", "```python\nprint('hello')\nprint('hello')\nprint('hello')\nprint('hello')\n```\n"),
        ("en", "- Heat water.\n- Warm the pot.\n- Add leaves.\n- Pour.\n"),
        ("en", "| a | b |\n| --- | --- |\n"[12:] + "No table here."),
        ("en", "1. Heat water.\n2. Warm the pot.\n\n- 1999\n- 2000\n- 2001\n\n3.14. So it is."),
        ("en", "Yes. No. Yes. No. Then they agreed."),
    ],
)
def test_sound_text_passes(language: str, text: str):
    assert watch(text, language)[0] is None


def test_a_tables_header_is_a_verdict_of_its_own_and_a_repeated_row_is_a_fault():
    verdict, grown = watch(f"{prose(2)}\n\n| Tea | Minutes |\n")
    assert verdict == Verdict(len(grown), TABLE)
    guard = Guard("en", SentenceIndex(), "| Tea | Minutes |\n| --- | --- |\n")
    text = "| Tea | Minutes |\n| --- | --- |\n| green | 2 |\n"
    assert guard.look(text) is None
    verdict = guard.look(text + "| green | 2 |\n")
    assert verdict == Verdict(len(text), "REP001")


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_how_text_arrives_changes_little(size: int):
    text = GOOD["en"] + prose(1) + " And more."
    verdict, _ = watch(text, size=size)
    assert verdict is not None
    assert text[: verdict.length].strip() == GOOD["en"].strip()


def test_after_a_reset_what_was_cut_may_be_said_again():
    guard = Guard("en", SentenceIndex())
    text = f"{prose(2)} "
    assert guard.look(text) is None
    guard.reset(prose(1))
    assert guard.look(text) is None


def test_the_last_sound_sentence_of_a_text_to_go_on_with_is_a_whole_one():
    assert Guard("en", SentenceIndex(), f"{prose(2)} And sma").good == len(prose(2))
    assert Guard("en", SentenceIndex(), prose(2)).good == len(prose(2))
    assert Guard("zh", SentenceIndex(), "水开了。再放茶").good == len("水开了。")


def test_what_a_model_stops_within_is_no_sound_sentence():
    guard = Guard("en", SentenceIndex())
    assert guard.finish(f"{prose(2)} And sma") is None
    assert guard.good == len(prose(2))


def test_a_line_that_never_ends_is_given_up():
    words = " ".join(
        letters for letters in map("".join, islice(product("abcdefgh", repeat=4), 0, 4000, 9))
    )
    verdict, grown = watch(f"{prose(2)} {words}")
    assert verdict is not None
    assert (verdict.reason, verdict.length) == ("CUT001", len(prose(2)))
    assert count_words(grown) < 400

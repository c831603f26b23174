"""The streaming form: each fault once, as soon as it is there, whatever the chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiezuo.lint import LintStream

LOOP = "and it is good for you " * 8


def feed(text: str, size: int = 3) -> list[tuple[str, int, int]]:
    stream = LintStream()
    reports = []
    for at in range(0, len(text), size):
        reports += [
            (diagnostic.code, diagnostic.start, diagnostic.end)
            for diagnostic in stream.feed(text[at : at + size])
        ]
    assert stream.length == len(text)
    return reports


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
class TestFaults:
    def test_a_control_token_is_reported_once_where_it_stands(self, size: int):
        assert feed("Choose leaves.<|im_end|>\nMore.", size) == [("FMT011", 14, 24)]

    def test_an_opening_to_the_user_is_reported_at_the_end_of_its_line(self, size: int):
        assert feed("Sure! Here is your article:\n\n# Tea\n", size) == [("FMT010", 0, 27)]
        assert feed("Tea is old.\n\nSure! Here is more:\n", size) == []

    def test_a_loop_is_found_while_it_turns(self, size: int):
        reports = feed("Tea is old. " + LOOP, size)
        assert [code for code, _, _ in reports] == ["REP004"]
        assert reports[0][1] < 40

    def test_a_list_that_counts_on_is_a_loop(self, size: int):
        text = "".join(f"{at}. Drink a cup of tea every day.\n" for at in range(1, 12))
        assert "REP004" in [code for code, _, _ in feed(text, size)]

    def test_sound_text_is_left_alone(self, size: int):
        assert (
            feed("# Tea\n\nGreen tea is steamed; black tea is rolled.\n\n" + "-" * 90, size) == []
        )

    def test_control_text_inside_a_code_block_is_left_alone(self, size: int):
        assert feed("```text\nthe token <|im_end|> ends it\n```\n", size) == []


def test_the_open_fence_is_known():
    stream = LintStream()
    stream.feed("text\n\n````python\nx = 1\n```\n")
    assert stream.fence == "````"
    stream.feed("````\n")
    assert stream.fence == ""


@given(st.text(max_size=200), st.integers(1, 9))
def test_any_text_can_be_fed(text: str, size: int):
    feed(text, size)

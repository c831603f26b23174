"""One section's text while it streams: what is the model's stays, what is ours goes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xiezuo.writing.section.buffer import SectionBuffer, contained, find_sections


def accept(text: str, heading: str = "From Leaf to Cup", chunk: int = 3) -> SectionBuffer:
    """Feed `text` in chunks and close; what was handed out must be what was kept."""
    section = SectionBuffer(heading)
    given_out = [section.feed(text[i : i + chunk]) for i in range(0, len(text), chunk)]
    given_out.append(section.close())
    assert "".join(given_out) == section.text
    return section


@pytest.mark.parametrize(
    "echo",
    [
        "## From Leaf to Cup\n\n",
        "# From Leaf to Cup\n",
        "**From Leaf to Cup**\n\n",
        "From leaf to cup:\n\n",
        "2. From Leaf to Cup\n",
        "### From Leaf to Cup\n",
        "## From Leaf to Cup (about 120 words)\n\n",
        "\n\n## Something Else\n\n",
    ],
)
def test_a_heading_at_the_start_is_ours_to_give(echo: str):
    assert accept(echo + "We pick at dawn.").text == "We pick at dawn."


@pytest.mark.parametrize("next_one", ["\n\n## How to Brew It\n\nBoil", "\n# Tea\n", "\n##\nMore"])
def test_the_next_section_ends_it(next_one: str):
    section = accept("We pick at dawn." + next_one)
    assert section.text == "We pick at dawn."
    assert section.ended


def test_deeper_headings_belong_to_it():
    text = "We pick.\n\n### By hand\n\nSlowly."
    section = accept(text)
    assert section.text == text
    assert not section.ended


def test_a_comment_in_code_is_no_heading():
    text = "Run:\n\n```python\n# make tea\n## twice\ntea()\n```\n\nDone."
    section = accept(text)
    assert section.text == text
    assert not section.in_fence


def test_an_open_code_block_is_closed():
    section = accept("Run:\n\n~~~~python\ntea()\n```\n")
    assert section.in_fence
    assert section.close_fence() == "\n~~~~"
    assert section.text.endswith("tea()\n```\n~~~~")


def test_text_flows_without_waiting_for_the_end_of_the_line():
    section = SectionBuffer("Heading")
    section.feed("A first line.\n")
    assert section.feed("Then a wo") == "\nThen a wo"


def test_a_loss_forgets_what_was_undecided():
    section = SectionBuffer("Heading")
    section.feed("One.\n\n#")
    section.forget_held_back()
    section.feed("Two.")
    assert section.text == "One.\n\nTwo."


def test_it_goes_on_in_the_middle_of_a_word():
    section = SectionBuffer("Heading", "We pick at da")
    assert section.feed("wn.") == "wn."
    assert section.text == "We pick at dawn."


def test_it_goes_on_inside_a_code_block():
    section = SectionBuffer("Heading", "```python\ntea()")
    section.feed("\n# again\n```\n\nDone.")
    assert section.text.endswith("# again\n```\n\nDone.")
    assert not section.ended


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\nx = 1\ny", "x = 1\ny"),
        ("1. ```python\n   x = 1\n   y", "x = 1\ny"),
        ("- ~~~\n  x", "x"),
        ("```\nx\n```", None),
        ("Tea.", None),
    ],
)
def test_what_stands_in_a_code_block_that_is_open(text: str, code: str | None):
    assert SectionBuffer("Heading", text).open_code == code


@pytest.mark.parametrize(
    ("text", "ends"),
    [("Tea.", True), ("Tea", False), ("茶。", True), ("“Tea!”", True), ("```\nTea.", False)],
)
def test_the_end_of_a_sentence(text: str, ends: bool):
    assert ends_here(SectionBuffer("Heading", text)) is ends


def test_a_heading_too_long_to_be_one_is_still_held_back_and_ends_it():
    section = accept("We pick.\n\n## " + "leaf " * 60 + "\n\nMore.")
    assert (section.text, section.ended) == ("We pick.", True)


def ends_here(section: SectionBuffer) -> bool:
    return section.ends_like_a_sentence and not section.in_fence


def test_a_heading_that_escapes_from_a_code_block_in_a_list_ends_the_section():
    """CommonMark ends the list, and the block with it, at the first line that is not indented."""
    section = accept("1. Run:\n\n   ```python\n# a heading now\n")
    assert section.ended
    assert "heading now" not in section.text


def test_a_code_block_in_a_list_is_closed_where_it_was_opened():
    section = accept("1. Run:\n\n   ```python\n   tea()\n")
    assert section.close_fence() == "\n   ```"
    assert not section.in_fence


def test_a_code_block_on_the_line_of_a_list_marker_is_closed_under_it():
    assert accept("1. ```python\n   tea()\n").close_fence() == "\n   ```"


@pytest.mark.parametrize("line", ["===", "---", "=  "])
def test_an_underline_makes_no_heading(line: str):
    assert accept(f"We pick.\n\nBy hand\n{line}\nSlowly.").text == "We pick.\n\nBy hand\nSlowly."


def test_a_rule_between_paragraphs_stays():
    assert accept("One.\n\n---\n\nTwo.").text == "One.\n\n---\n\nTwo."


PIECES = st.lists(
    st.sampled_from(
        ["# A\n", "## B\n", "### C\n", "```", "```py\n", "~~~\n", "\n", " ", "word ", "x.", "#",
         "      ```\n", "`", "**Tea**\n", "===\n", "---\n", "   ```py\n", "茶", "\n\n", "1. a\n",
         "| a |\n", "x" * 199, "Let me know.\n", "Sure! "]
    ),
    max_size=30,
)  # fmt: skip


@given(pieces=PIECES, cuts=st.lists(st.integers(1, 5), min_size=1))
def test_how_text_is_cut_into_tokens_makes_no_difference(pieces: list[str], cuts: list[int]):
    text = "".join(pieces)
    whole = accept(text, "Tea", chunk=max(len(text), 1))
    section, position, parts = SectionBuffer("Tea"), 0, []
    while position < len(text):
        step = cuts[len(parts) % len(cuts)]
        parts.append(section.feed(text[position : position + step]))
        position += step
    parts.append(section.close())
    assert "".join(parts) == section.text == whole.text
    assert section.ended == whole.ended
    assert section.text == section.text.strip() or section.text.startswith((" ", "\t")) is False


@given(pieces=PIECES)
def test_no_text_can_bring_in_a_heading_of_our_level(pieces: list[str]):
    section = accept("Start.\n" + "".join(pieces), "Tea")
    section.close_fence()
    document = f"## Tea\n\n{section.text}\n\n## B\n\nEnd."
    assert find_sections(document, ["Tea", "B"])[1] == {0: section.text, 1: "End."}


def test_bodies_are_found_in_order_and_outside_code():
    document = "# T\n\n## A\n\none\n\n```\n## B\n```\n\n## X\n\nmine\n\n## B\n\ntwo"
    before, found = find_sections(document, ["A", "B", "C"])
    assert before == "# T"
    assert found == {0: "one\n\n```\n## B\n```\n\n## X\n\nmine", 1: "two"}
    assert find_sections("# T", ["A"]) == ("# T", {})


def test_a_heading_that_is_missing_is_passed_over():
    assert find_sections("## B\n\ntext", ["A", "B"]) == ("", {1: "text"})


@given(pieces=PIECES)
@example(pieces=["```py\n", "x\n", "      ```"])  # indented too far to close it
@example(pieces=["### A\n", "   ```py\n", "      ```"])  # the same below an indented opening
@example(pieces=["1. a\n", "\n", "   ```py\n", "x\n", "      ```"])  # indented, but closed
def test_any_body_can_be_contained(pieces: list[str]):
    body = contained("".join(pieces))
    document = f"## Tea\n\n{body}\n\n## B\n\nEnd."
    assert find_sections(document, ["Tea", "B"])[1] == {0: body, 1: "End."}


def test_a_cut_goes_back_and_the_text_goes_on_from_there():
    section = accept("We pick at dawn. We pick at dawn.")
    section.cut(len("We pick at dawn. "))
    assert section.text == "We pick at dawn."
    section.feed("Then we steam.")
    section.close()
    assert section.text == "We pick at dawn. Then we steam."


def test_a_cut_after_a_line_lets_a_new_line_be_judged():
    section = accept("We pick at dawn.\n\nWrong")
    section.cut(len("We pick at dawn.\n\n"))
    section.feed("## Next\n")
    assert section.text == "We pick at dawn."
    assert section.ended


def test_a_block_of_ours_begins_a_paragraph():
    section = accept("Run this.")
    assert section.open_block("```python\n") == "\n\n```python"
    section.feed("tea()\n```\n")
    assert section.text == "Run this.\n\n```python\ntea()\n```"

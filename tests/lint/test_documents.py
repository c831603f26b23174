"""A rule's document is read whole: a case that cannot be read is an error, never skipped."""

from pathlib import Path

import pytest

from tests.lint.documents import MalformedDocumentError, cases

FINDS = """## finds: a space inside (en)

`````markdown
⟦** Note:**⟧ use soft water.
`````

becomes

`````markdown
**Note**: use soft water.
`````
"""
SOUND = f"# FMT005 literal-emphasis\n\n{FINDS}\n{FINDS.replace('(en)', '(zh)')}"


def read(tmp_path: Path, text: str):
    path = tmp_path / "FMT005.md"
    path.write_text(text, "utf-8")
    return cases(path)


def test_a_sound_document_is_read(tmp_path: Path):
    english, chinese = read(tmp_path, SOUND)
    assert (english.language, chinese.language) == ("en", "zh")
    assert english.text == "** Note:** use soft water."
    assert english.spans == [(0, 10)]
    assert english.fixed == "**Note**: use soft water."


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("# FMT005", "# FMT006", 1),
        ("## finds: ", "## find: ", 3),
        ("## finds: ", "##finds: ", 3),
        ("## finds: ", "## leaves  alone: ", 3),
        ("(en)", "(english)", 3),
        ("(en)", "", 3),
        ("(en)\n", "(en)\noutlines: Leaf\n", 3),
        ("`````markdown\n⟦", "````markdown\n⟦", 3),
        ("⟧", "", 3),
        ("becomes", "became", 9),
        ("becomes\n\n", "becomes\n", 9),
        ("`````\n\n##", "`````\n\nA word.\n\n##", 15),
        ("(zh)", "(de)", 15),
    ],
)
def test_what_is_no_case_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, line: int):
    assert right in SOUND
    with pytest.raises(MalformedDocumentError, match=f"FMT005.md:{line}: "):
        read(tmp_path, SOUND.replace(right, wrong, 1))

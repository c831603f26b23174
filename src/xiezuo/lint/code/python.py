"""The Python blocks of a document, in reading order, checked by ruff's F rules."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ruff import find_ruff_bin

from xiezuo.lint.code.syntax import canonical, parses, python_source
from xiezuo.lint.context import LintContext
from xiezuo.markdown.blocks import CodeBlock
from xiezuo.markdown.span import Span

_COMPLETE = re.compile(
    r"完整(?:的)?(?:代码|程序|示例|脚本|实现)|可(?:以)?直接运行|complete (?:code|program|example|script|"
    r"listing|implementation)|full (?:code|program|script|listing|example)|(?:runs|run) as (?:it )?is|"
    r"self-contained",
    re.IGNORECASE,
)
_IGNORED = "F401,F403,F405,F811,F841"  # tutorials do these on purpose: imports for later, variants
_SECONDS = 20


@dataclass(frozen=True)
class PythonDiagnostic:
    """A diagnostic of ruff; `complete`: its block was announced as a complete program."""

    rule: str
    message: str
    span: Span
    complete: bool


@dataclass(frozen=True)
class _BlockPosition:
    block: CodeBlock
    first: int  # line of the program, from 1


def python_findings(context: LintContext) -> list[PythonDiagnostic]:
    """Ruff's F diagnostics for the Python of the document, computed once per document.

    The blocks that parse are concatenated into one program in reading order: a later block may use
    what an earlier one defines. A block announced as complete is also checked on its own.
    """
    known = context.memory.get("python")
    if not isinstance(known, list):
        known = _findings(context)
        context.memory["python"] = known
    return known  # pyright: ignore[reportUnknownVariableType]


def _findings(context: LintContext) -> list[PythonDiagnostic]:
    blocks = [
        fence
        for fence in context.document.fences
        if canonical(fence.language) == "python"
        and fence.content.strip()
        and parses(python_source(fence.content))
    ]
    if not blocks:
        return []
    programs: list[tuple[str, list[_BlockPosition], bool]] = []
    alone = [block for block in blocks if _is_complete(context, block)]
    lines, places = 0, list[_BlockPosition]()
    texts: list[str] = []
    for block in blocks:
        text = python_source(block.content).rstrip("\n") + "\n"
        places.append(_BlockPosition(block, lines + 1))
        texts.append(text)
        lines += text.count("\n")
    programs.append(("".join(texts), places, False))
    programs += [
        (python_source(block.content), [_BlockPosition(block, 1)], True) for block in alone
    ]
    reports = _ruff(tuple(text for text, _, _ in programs))
    diagnostics: dict[tuple[Span, str], PythonDiagnostic] = {}
    for (_, places, complete), report in zip(programs, reports, strict=True):
        for rule, message, line, column, end in report:
            place = next(candidate for candidate in reversed(places) if candidate.first <= line)
            span = _span(place.block, line - place.first, column, end)
            diagnostics[span, rule] = PythonDiagnostic(rule, message, span, complete)
    return [diagnostics[key] for key in sorted(diagnostics)]


def _is_complete(context: LintContext, block: CodeBlock) -> bool:
    """Whether the paragraph or heading before a block announces it as complete."""
    blocks = context.document.blocks
    at = blocks.index(block)
    before = blocks[at - 1] if at else None
    return before is not None and bool(_COMPLETE.search(before.span.of(context.source)))


def _span(block: CodeBlock, line: int, column: int, end: int) -> Span:
    lines = block.content.split("\n")
    line = min(line, len(lines) - 1)
    text = lines[line]
    shown = python_source(block.content).split("\n")
    shift = len(text) - len(shown[line]) if line < len(shown) else 0
    start = sum(len(text) + 1 for text in lines[:line])
    first = min(start + column - 1 + shift, start + len(text))
    return block.source_span(first, max(first, min(start + end - 1 + shift, start + len(text))))


_Report = list[tuple[str, str, int, int, int]]


@lru_cache(maxsize=64)
def _ruff(programs: tuple[str, ...]) -> list[_Report]:
    """Rule, message, line, column and end column of each finding, for each program."""
    with tempfile.TemporaryDirectory(prefix="xiezuo-") as folder:
        for number, text in enumerate(programs):
            (Path(folder) / f"{number}.py").write_text(text, "utf-8", errors="replace")
        process = subprocess.run(
            [
                find_ruff_bin(),
                "check",
                "--isolated",
                "--no-cache",
                "--select=F",
                f"--ignore={_IGNORED}",
                "--output-format=json",
                "--exit-zero",
                "--quiet",
                "--target-version=py313",
                folder,
            ],
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
    reports: list[_Report] = [[] for _ in programs]
    for entry in json.loads(process.stdout):
        if not entry["code"] or not entry["code"].startswith("F"):
            continue
        start, end = entry["location"], entry["end_location"]
        column = end["column"] if end["row"] == start["row"] else start["column"] + 1
        reports[int(Path(entry["filename"]).stem)].append(
            (entry["code"], entry["message"], start["row"], start["column"], column)
        )
    return reports

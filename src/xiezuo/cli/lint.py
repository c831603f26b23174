"""`xiezuo lint`: find and fix the faults of Markdown texts and briefs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.lint.config import LintConfig
    from xiezuo.lint.expected import Expected
    from xiezuo.lint.linter import Linter
    from xiezuo.lint.report import FileReport
    from xiezuo.markdown.words import TextLanguage

HELP = str(
    Text(
        "Find and fix truncation, loose structure, broken format and code, repetition and padding "
        "in Markdown texts. Exit codes: 0 no findings, 1 findings, 2 failed to run.",
        "检查并修复 Markdown 文本中的截断、结构松散、格式和代码错误、重复与空话。"
        "退出码：0 没有问题，1 有问题，2 无法运行。",
    )
)
FOUND, FAILED = 1, 2
_MARKDOWN = {".md", ".markdown", ".mdx"}
_BRIEFS = {".yaml", ".yml"}


class Format(StrEnum):
    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    html = "html"


class Severities(StrEnum):
    error = "error"
    warning = "warning"
    info = "info"


class TextLanguages(StrEnum):
    en = "en"
    zh = "zh"


_LANGUAGES: dict[TextLanguages, "TextLanguage"] = {TextLanguages.en: "en", TextLanguages.zh: "zh"}


def _option(name: str, english: str, chinese: str) -> object:
    return typer.Option(name, help=str(Text(english, chinese)))


@dataclass(frozen=True)
class _Run:
    """The options of one run."""

    paths: list[Path]
    config: "LintConfig"
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    language: TextLanguages | None
    expected: "Expected | None"
    fix: bool
    unsafe: bool
    diff: bool
    output: Format
    statistics: bool


Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH",
        help=str(
            Text(
                "Files, folders, or `-`; a .yaml file is checked as a brief.",
                "文件、文件夹或 `-`；.yaml 文件按写作要求检查。",
            )
        ),
    ),
]
Outline = Annotated[
    Path | None,
    _option("--outline", "The brief that the text was written from.", "正文所依据的写作要求。"),
]
Select = Annotated[
    list[str] | None,
    _option(
        "--select",
        "Rules to run: codes, prefixes of codes, or ALL.",
        "要运行的规则：代码、代码前缀或 ALL。",
    ),
]
Ignore = Annotated[list[str] | None, _option("--ignore", "Rules to exclude.", "要排除的规则。")]
Fix = Annotated[bool, _option("--fix", "Apply safe fixes.", "应用安全修复。")]
Unsafe = Annotated[
    bool,
    _option(
        "--unsafe-fixes",
        "Also apply unsafe fixes (with --fix or --diff).",
        "同时应用不安全修复（与 --fix 或 --diff 合用）。",
    ),
]
Diff = Annotated[
    bool,
    _option(
        "--diff",
        "Show what --fix would change, without changing it.",
        "只显示 --fix 将作的修改，不写入文件。",
    ),
]
Watch = Annotated[
    bool, _option("--watch", "Run again whenever a file changes.", "文件变化时重新检查。")
]
Output = Annotated[Format, _option("--format", "Output format.", "输出格式。")]
Lang = Annotated[
    TextLanguages | None,
    _option(
        "--lang",
        "Language of the texts; detected by default.",
        "正文语言；不指定时自动判断。",
    ),
]
Statistics = Annotated[
    bool, _option("--statistics", "Count findings per rule.", "按规则统计问题数。")
]
FailOn = Annotated[
    Severities | None,
    _option(
        "--fail-on",
        "Lowest severity that makes the exit code 1 (default: warning).",
        "使退出码为 1 的最低严重程度（默认 warning）。",
    ),
]


def lint(
    paths: Paths,
    *,
    outline: Outline = None,
    select: Select = None,
    ignore: Ignore = None,
    fix: Fix = False,
    unsafe_fixes: Unsafe = False,
    diff: Diff = False,
    watch: Watch = False,
    output: Output = Format.text,
    language: Lang = None,
    statistics: Statistics = False,
    fail_on: FailOn = None,
) -> None:
    from xiezuo.lint.config import find_config

    config = find_config(Path.cwd())
    if fail_on:
        config = replace(config, fail_on=fail_on.value)
    run = _Run(
        paths,
        config,
        _codes(select),
        _codes(ignore),
        language,
        _expected(outline),
        fix=fix,
        unsafe=unsafe_fixes,
        diff=diff,
        output=output,
        statistics=statistics,
    )
    if not watch:
        raise typer.Exit(_lint_files(run))
    from rich.console import Console
    from watchfiles import watch as changes

    console = Console()

    _lint_files(run)
    for _ in changes(*(path for path in paths if str(path) != "-"), raise_interrupt=False):
        console.clear()
        _lint_files(run)


def _codes(entries: list[str] | None) -> tuple[str, ...]:
    """Split and join the values of a repeated option, as in `--select CUT,FMT --select COD001`."""
    return tuple(
        code.strip() for entry in entries or [] for code in entry.split(",") if code.strip()
    )


def _expected(path: Path | None) -> "Expected | None":
    if path is None:
        return None
    from xiezuo.lint.brief import expected_of, parse_parts

    return expected_of(parse_parts(_read(path), str(path)))


def _lint_files(run: _Run) -> int:
    from xiezuo.errors import LintInputError

    reports: list[FileReport] = []
    failed = False
    changed = False
    for path in _files(run):
        try:
            source = _read(path)
        except LintInputError as error:
            failed = True
            typer.secho(error.message, fg="red", err=True)
            typer.echo(error.advice, err=True)
            continue
        report, different = _examine(run, path, source)
        reports.append(report)
        changed = changed or different
    _show(run, reports)
    if failed:
        return FAILED
    return FOUND if changed or _fails(run, reports) else 0


def _files(run: _Run) -> Iterator[Path]:
    """The files to lint; in folders, all Markdown files that are neither hidden nor excluded."""
    for path in run.paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            inside = file.relative_to(path).parts
            hidden = any(part.startswith(".") or part == "node_modules" for part in inside)
            visible = file.suffix.lower() in _MARKDOWN and not hidden
            if visible and file.is_file() and not run.config.leaves_out(file):
                yield file


def _read(path: Path) -> str:
    from xiezuo.errors import LintInputError

    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        problem = Text(str(error.strerror), str(error.strerror))
        raise LintInputError(path=path, problem=problem) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Text(f"line {line} is not UTF-8", f"第 {line} 行不是 UTF-8 编码")
        raise LintInputError(path=path, problem=problem) from error


def _linter(run: _Run, path: Path) -> "Linter":
    from xiezuo.lint.linter import Linter

    ignored = (*(run.ignore or run.config.ignore), *run.config.ignored_in(path))
    return Linter(
        run.config.rules,
        chosen=run.select or run.config.select,
        ignored=ignored,
        language=_LANGUAGES[run.language] if run.language else None,
    )


def _examine(run: _Run, path: Path, source: str) -> tuple["FileReport", bool]:
    """Lint a text, or fix it; the second value tells whether `--diff` found changes."""
    from xiezuo.lint.brief import parse_parts
    from xiezuo.lint.report import FileReport

    linter = _linter(run, path)
    if path.suffix.lower() in _BRIEFS:
        brief = parse_parts(source, str(path))
        return FileReport(str(path), source, linter.lint(source, brief=brief)), False
    if not (run.fix or run.diff):
        diagnostics = linter.lint(source, expected=run.expected)
        return FileReport(str(path), source, diagnostics), False
    result = linter.fix(source, unsafe=run.unsafe, expected=run.expected)
    if run.diff:
        typer.echo(_unified(str(path), source, result.text), nl=False)
        return FileReport(str(path), source), result.text != source
    if str(path) == "-":
        sys.stdout.buffer.write(result.text.encode("utf-8"))
    elif result.text != source:
        _write(path, result.text)
    if result.fixed:
        line = Text("{path}: {count} fixed", "{path}：修复了 {count} 处")
        typer.echo(line.fill(path=path, count=len(result.fixed)), err=True)
    return FileReport(str(path), result.text, list(result.remaining)), False


def _write(path: Path, text: str) -> None:
    """Replace a file atomically.

    Raises:
        OutputPathError, DiskFullError
    """
    import errno
    import os
    import tempfile

    from xiezuo.errors import DiskFullError, OutputPathError

    target = path.resolve()
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(target.stat().st_mode)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            hint = Text("Free some space; the file is unchanged.", "请腾出空间；文件没有改动。")
            raise DiskFullError(path=path, hint=hint) from error
        raise OutputPathError(path=path, problem=error.strerror) from error


def _unified(path: str, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path
    )
    ends = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + ends for line in lines)


def _show(run: _Run, reports: list["FileReport"]) -> None:
    from rich.console import Console

    from xiezuo.lint.report import github, html, json, sarif, terminal

    to_errors = run.diff or (run.fix and any(str(path) == "-" for path in run.paths))
    if run.statistics:
        typer.echo(terminal.statistics(reports), err=to_errors)
    elif run.output is Format.text:
        if not run.diff:
            terminal.show(reports, Console(stderr=to_errors))
    else:
        render = {"json": json, "github": github, "sarif": sarif, "html": html}[run.output].render
        text = render(reports)
        if text:
            typer.echo(text, err=to_errors)


def _fails(run: _Run, reports: list["FileReport"]) -> bool:
    from xiezuo.lint.diagnostic import SEVERITIES

    fatal = SEVERITIES[: SEVERITIES.index(run.config.fail_on) + 1]
    return any(
        diagnostic.severity in fatal for report in reports for diagnostic in report.diagnostics
    )

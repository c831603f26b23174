"""Annotations in the log of GitHub Actions."""

from collections.abc import Iterable

from xiezuo.lint.report import FileReport

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(reports: Iterable[FileReport]) -> str:
    lines: list[str] = []
    for report in reports:
        document = report.document
        for diagnostic in report.diagnostics:
            end_line, end_column = document.position(max(diagnostic.start, diagnostic.end - 1))
            place = f"file={_property(report.path)},line={diagnostic.line},col={diagnostic.column}"
            place += f",endLine={end_line},endColumn={end_column + 1}"
            title = _property(f"{diagnostic.code} {diagnostic.name}")
            lines.append(
                f"::{_LEVELS[diagnostic.severity]} {place},title={title}::{_data(diagnostic.message)}"
            )
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

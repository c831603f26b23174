"""A list of diagnostics as JSON; offsets count characters."""

import json
from collections.abc import Iterable

from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.report import FileReport


def as_data(path: str, one: Diagnostic) -> dict[str, object]:
    """One diagnostic as plain data."""
    fix = one.fix and {
        "safe": one.fix.safe,
        "edits": [
            {"start": edit.start, "end": edit.end, "text": edit.text} for edit in one.fix.edits
        ],
    }
    return {
        "path": path,
        "code": one.code,
        "name": one.name,
        "severity": one.severity,
        "message": one.message,
        "start": one.start,
        "end": one.end,
        "line": one.line,
        "column": one.column,
        "fix": fix,
    }


def render(reports: Iterable[FileReport]) -> str:
    rows = [
        as_data(report.path, diagnostic) for report in reports for diagnostic in report.diagnostics
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace").decode()

"""Diagnostics as a JSON array; offsets count characters."""

import json
from collections.abc import Iterable

from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.report import FileReport


def as_data(path: str, diagnostic: Diagnostic) -> dict[str, object]:
    """One diagnostic as a JSON object."""
    fix = diagnostic.fix and {
        "safe": diagnostic.fix.safe,
        "edits": [
            {"start": edit.start, "end": edit.end, "text": edit.text}
            for edit in diagnostic.fix.edits
        ],
    }
    return {
        "path": path,
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "start": diagnostic.start,
        "end": diagnostic.end,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "fix": fix,
    }


def render(reports: Iterable[FileReport]) -> str:
    rows = [
        as_data(report.path, diagnostic) for report in reports for diagnostic in report.diagnostics
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace").decode()

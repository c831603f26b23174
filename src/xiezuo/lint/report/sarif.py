"""Diagnostics as SARIF 2.1.0, for code scanning and editors."""

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.report import FileReport
from xiezuo.lint.rules import RULES
from xiezuo.markdown.document import MarkdownDocument
from xiezuo.version import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_INDEX = {rule.code: number for number, rule in enumerate(RULES)}


def render(reports: Iterable[FileReport]) -> str:
    run = {
        "tool": {
            "driver": {
                "name": "xiezuo",
                "semanticVersion": __version__,
                "rules": [
                    {
                        "id": rule.code,
                        "name": "".join(part.title() for part in rule.name.split("-")),
                        "shortDescription": {"text": rule.title("en")},
                        "fullDescription": {"text": rule.page("en")},
                        "defaultConfiguration": {
                            "level": _LEVELS[rule.severity],
                            "enabled": rule.default,
                        },
                    }
                    for rule in RULES
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(report, document, diagnostic)
            for report in reports
            for document in [report.document]
            for diagnostic in report.diagnostics
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (
        json.dumps(log, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace").decode()
    )


def _result(
    report: FileReport, document: MarkdownDocument, diagnostic: Diagnostic
) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": _INDEX[diagnostic.code],
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(report.path)},
                    "region": _region(document, diagnostic.start, diagnostic.end),
                }
            }
        ],
    }
    if diagnostic.fix:
        replacements = [
            {
                "deletedRegion": _region(document, edit.start, edit.end),
                "insertedContent": {"text": edit.text},
            }
            for edit in diagnostic.fix.edits
        ]
        safety = "safe fix" if diagnostic.fix.safe else "unsafe fix"
        result["fixes"] = [
            {
                "description": {"text": safety},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": _uri(report.path)},
                        "replacements": replacements,
                    }
                ],
            }
        ]
    return result


def _uri(path: str) -> str:
    return "stdin" if path == "-" else quote(Path(path).as_posix())


def _region(document: MarkdownDocument, start: int, end: int) -> dict[str, int]:
    line, column = document.position(start)
    end_line, end_column = document.position(end)
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
        "charOffset": start,
        "charLength": end - start,
    }

"""Diagnostics as one standalone HTML page: the text with marks, and a list beside it."""

from collections.abc import Iterable, Sequence
from html import escape

from xiezuo.i18n import Text, ui_language
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.report import FileReport
from xiezuo.lint.report.terminal import summary

_STYLE = """
:root { color-scheme: light dark; --line: #d8d8d8; --paper: #fff; --ink: #1d1d1f; --quiet: #6e6e73;
  --error: #c4001a; --warning: #8a5a00; --info: #00629b; }
@media (prefers-color-scheme: dark) { :root { --line: #3a3a3c; --paper: #1c1c1e; --ink: #f2f2f7;
  --quiet: #a1a1a6; --error: #ff6b6b; --warning: #f0b429; --info: #64b5f6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 2rem 1.5rem; background: var(--paper);
  color: var(--ink); font: 16px/1.7 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
p.summary { color: var(--quiet); margin: .25rem 0 0; }
.file { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; }
@media (max-width: 50rem) { .file { grid-template-columns: minmax(0, 1fr); } }
pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
  white-space: pre-wrap; overflow-wrap: anywhere;
  font: 14px/1.8 ui-monospace, "Noto Sans Mono CJK SC", monospace; }
mark { background: none; color: inherit; text-decoration: underline wavy; text-underline-offset: 4px;
  text-decoration-skip-ink: none; }
mark.error { text-decoration-color: var(--error); } mark.warning { text-decoration-color: var(--warning); }
mark.info { text-decoration-color: var(--info); }
mark:target { outline: 2px solid var(--info); outline-offset: 2px; }
mark:empty::after { content: "‸"; color: var(--error); }
ol { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); padding: .6rem 0; } li:first-child { border-top: 0; padding-top: 0; }
.code { font-weight: 600; } .error .code { color: var(--error); } .warning .code { color: var(--warning); }
.info .code { color: var(--info); }
.place { color: var(--quiet); font-size: .85rem; } a { color: inherit; }
"""
_SEVERITY = {
    "error": Text("error", "错误"),
    "warning": Text("warning", "警告"),
    "info": Text("note", "提示"),
}
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(55296, 57344)), "�")


def render(reports: Sequence[FileReport]) -> str:
    title = escape(str(Text("Results of xiezuo lint", "xiezuo lint 检查结果")))
    body = "".join(_file(number, report) for number, report in enumerate(reports))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{ui_language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f'<p class="summary">{escape(summary(reports))}</p>\n{body}</body>\n</html>\n'
    ).translate(_CONTROL)


def _file(number: int, report: FileReport) -> str:
    items = "".join(
        _item(number, at, diagnostic) for at, diagnostic in enumerate(report.diagnostics)
    )
    return (
        f"<h2>{escape(report.path)}</h2>\n"
        f'<div class="file">\n<pre>{_marked(number, report)}</pre>\n<ol>\n{items}</ol>\n</div>\n'
    )


def _item(number: int, at: int, diagnostic: Diagnostic) -> str:
    fix = ""
    if diagnostic.fix:
        fix = escape(
            str(
                Text(" · safe fix", " · 可安全修复")
                if diagnostic.fix.safe
                else Text(" · fix", " · 可修复")
            )
        )
    return (
        f'<li class="{diagnostic.severity}"><a href="#d{number}-{at}"><span class="code">{diagnostic.code}</span> '
        f'{escape(diagnostic.message)}</a><br><span class="place">{diagnostic.line}:{diagnostic.column} · '
        f"{escape(str(_SEVERITY[diagnostic.severity]))} · {escape(diagnostic.name)}{fix}</span></li>\n"
    )


def _marked(number: int, report: FileReport) -> str:
    """The source with a mark for each diagnostic; of two that overlap, the later is shortened."""
    parts: list[str] = []
    reached = 0
    for at, diagnostic in _in_order(report.diagnostics):
        start, end = max(diagnostic.start, reached), max(diagnostic.end, reached)
        parts.append(escape(report.source[reached:start]))
        parts.append(
            f'<mark id="d{number}-{at}" class="{diagnostic.severity}" title="{escape(diagnostic.code)}: '
            f'{escape(diagnostic.message)}">{escape(report.source[start:end])}</mark>'
        )
        reached = end
    parts.append(escape(report.source[reached:]))
    return "".join(parts)


def _in_order(diagnostics: list[Diagnostic]) -> Iterable[tuple[int, Diagnostic]]:
    return sorted(enumerate(diagnostics), key=lambda pair: (pair[1].start, pair[1].end))

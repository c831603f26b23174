"""Diagnostics on a terminal: each line with its span underlined."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text as Styled

from xiezuo.i18n import Text
from xiezuo.lint.diagnostic import Diagnostic
from xiezuo.lint.report import FileReport
from xiezuo.markdown.span import Span

_COLOURS = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_NARROWEST = 20
_INVISIBLE = {ord("\t"): " ", 0x2060: None, 0xFEFF: None}
_CONTROL = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160), *range(55296, 57344)), "�")


def show(reports: Sequence[FileReport], console: Console) -> None:
    """Print every diagnostic, then a summary."""
    for report in reports:
        lines = report.document.lines
        for diagnostic in report.diagnostics:
            _show_diagnostic(report, lines, diagnostic, console)
    console.print(summary(reports), style="bold", highlight=False, markup=False)


def _show_diagnostic(
    report: FileReport, lines: list[Span], diagnostic: Diagnostic, console: Console
) -> None:
    fixable = "" if diagnostic.fix is None else (" [*]" if diagnostic.fix.safe else " [?]")
    head = Styled(f"{report.path}:{diagnostic.line}:{diagnostic.column}: ", style="bold")
    head.append(diagnostic.code, style=_COLOURS[diagnostic.severity])
    head.append(fixable, style="cyan")
    head.append(f" {_clean(diagnostic.message)}", style="default")
    console.print(head, soft_wrap=True, highlight=False)
    number = str(diagnostic.line)
    gutter = " " * len(number)
    line = lines[diagnostic.line - 1]
    width = max(_NARROWEST, console.width - len(number) - 4)
    text, under = _excerpt(report.source, line, diagnostic, width)
    console.print(Styled(f"{gutter} |", style="dim"))
    shown = Styled(f"{number} | ", style="dim")
    shown.append(text, style="default")
    console.print(shown, soft_wrap=True, highlight=False)
    mark = Styled(f"{gutter} | ", style="dim")
    mark.append(under, style=_COLOURS[diagnostic.severity])
    console.print(mark, soft_wrap=True, highlight=False)
    console.print(Styled(f"{gutter} |", style="dim"))


def _excerpt(source: str, line: Span, diagnostic: Diagnostic, width: int) -> tuple[str, str]:
    """The part of the line around the span that fits into `width`, and the underline."""
    before = _clean(source[line.start : diagnostic.start])
    span = _clean(source[diagnostic.start : min(diagnostic.end, line.end)])
    after = _clean(source[min(max(diagnostic.end, diagnostic.start), line.end) : line.end][:width])
    lead = ""
    room = width // 2
    if cell_len(before) > room:
        before = "…" + chop_cells(before[-room:], room - 1)[-1]
    if cell_len(before) + cell_len(span) > width:
        span = chop_cells(span, max(1, width - cell_len(before) - 1))[0] + "…"
        after = ""
    left = width - cell_len(before) - cell_len(span)
    if cell_len(after) > left:
        after = (chop_cells(after, left - 1)[0] + "…") if left > 1 else ""
    marks = "^" * max(1, cell_len(span))
    return f"{lead}{before}{span}{after}", " " * cell_len(before) + marks


def _clean(text: str) -> str:
    """The text without characters that move the cursor or change the colours of the terminal."""
    return text.translate(_INVISIBLE).translate(_CONTROL)


def summary(reports: Iterable[FileReport]) -> str:
    """Counts of the diagnostics by severity, and of those that can be fixed."""
    diagnostics = [diagnostic for report in reports for diagnostic in report.diagnostics]
    if not diagnostics:
        return str(Text("Nothing found.", "没有发现问题。"))
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    safe = sum(1 for diagnostic in diagnostics if diagnostic.fix and diagnostic.fix.safe)
    unsafe = sum(1 for diagnostic in diagnostics if diagnostic.fix and not diagnostic.fix.safe)
    line = Text(
        "{errors} errors, {warnings} warnings, {infos} notes.",
        "{errors} 个错误，{warnings} 个警告，{infos} 个提示。",
    ).fill(errors=counts["error"], warnings=counts["warning"], infos=counts["info"])
    if safe or unsafe:
        line += Text(
            " [*] {safe} can be fixed with `--fix`, [?] {unsafe} more with `--unsafe-fixes`.",
            "[*] {safe} 个可用 `--fix` 修复，[?] 另有 {unsafe} 个可用 `--unsafe-fixes` 修复。",
        ).fill(safe=safe, unsafe=unsafe)
    return line


def statistics(reports: Iterable[FileReport]) -> str:
    """One line per rule: count, code, whether it has safe fixes, name."""
    diagnostics = [diagnostic for report in reports for diagnostic in report.diagnostics]
    counts = Counter((diagnostic.code, diagnostic.name) for diagnostic in diagnostics)
    fixable = Counter(
        diagnostic.code for diagnostic in diagnostics if diagnostic.fix and diagnostic.fix.safe
    )
    return "\n".join(
        f"{count:6}  {code}  [{'*' if fixable[code] else ' '}]  {name}"
        for (code, name), count in counts.most_common()
    )

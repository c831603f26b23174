"""Findings for a person at a terminal: the line, with the span underlined."""

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
    """Print every finding, then a summary."""
    for report in reports:
        lines = report.document.lines
        for diagnostic in report.diagnostics:
            _show_one(report, lines, diagnostic, console)
    console.print(summary(reports), style="bold", highlight=False, markup=False)


def _show_one(report: FileReport, lines: list[Span], one: Diagnostic, console: Console) -> None:
    fixable = "" if one.fix is None else (" [*]" if one.fix.safe else " [?]")
    head = Styled(f"{report.path}:{one.line}:{one.column}: ", style="bold")
    head.append(one.code, style=_COLOURS[one.severity])
    head.append(fixable, style="cyan")
    head.append(f" {_clean(one.message)}", style="default")
    console.print(head, soft_wrap=True, highlight=False)
    number = str(one.line)
    gutter = " " * len(number)
    line = lines[one.line - 1]
    width = max(_NARROWEST, console.width - len(number) - 4)
    text, under = _excerpt(report.source, line, one, width)
    console.print(Styled(f"{gutter} |", style="dim"))
    shown = Styled(f"{number} | ", style="dim")
    shown.append(text, style="default")
    console.print(shown, soft_wrap=True, highlight=False)
    mark = Styled(f"{gutter} | ", style="dim")
    mark.append(under, style=_COLOURS[one.severity])
    console.print(mark, soft_wrap=True, highlight=False)
    console.print(Styled(f"{gutter} |", style="dim"))


def _excerpt(source: str, line: Span, one: Diagnostic, width: int) -> tuple[str, str]:
    """The part of the line around the span that fits, and the marks under it."""
    before = _clean(source[line.start : one.start])
    span = _clean(source[one.start : min(one.end, line.end)])
    after = _clean(source[min(max(one.end, one.start), line.end) : line.end][:width])
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
    """The text without characters that would move the cursor or colour the terminal."""
    return text.translate(_INVISIBLE).translate(_CONTROL)


def summary(reports: Iterable[FileReport]) -> str:
    """How many findings of each severity, and how many can be fixed."""
    found = [diagnostic for report in reports for diagnostic in report.diagnostics]
    if not found:
        return str(Text("Nothing found.", "没有发现问题。"))
    counts = Counter(one.severity for one in found)
    safe = sum(1 for one in found if one.fix and one.fix.safe)
    unsafe = sum(1 for one in found if one.fix and not one.fix.safe)
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
    """One line for each rule: how often, and how many can be fixed safely."""
    found = [diagnostic for report in reports for diagnostic in report.diagnostics]
    counts = Counter((one.code, one.name) for one in found)
    fixable = Counter(one.code for one in found if one.fix and one.fix.safe)
    return "\n".join(
        f"{count:6}  {code}  [{'*' if fixable[code] else ' '}]  {name}"
        for (code, name), count in counts.most_common()
    )

"""`xiezuo rule`: print the documentation of a rule, or list all rules."""

from typing import Annotated

import typer

from xiezuo.i18n import Text

HELP = str(
    Text(
        "Explain a rule of `xiezuo lint`, or list all rules.",
        "说明 `xiezuo lint` 的一条规则，或列出全部规则。",
    )
)


Code = Annotated[
    str,
    typer.Argument(
        help=str(Text("Code of a rule, such as CUT002.", "规则代码，例如 CUT002。")), metavar="CODE"
    ),
]
ListAll = Annotated[
    bool, typer.Option("--list", help=str(Text("List all rules.", "列出全部规则。")))
]


def rule(code: Code = "", *, list_all: ListAll = False) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from xiezuo.i18n import ui_language
    from xiezuo.lint.catalogue import explain, find_rule
    from xiezuo.lint.rules import RULES

    language = ui_language()
    if list_all or not code:
        for listed in RULES:
            mark = {"safe": "*", "unsafe": "?"}.get(listed.fixes or "", " ")
            typer.echo(f"{listed.code} [{mark}] {listed.name:28} {listed.title(language)}")
        return
    console = Console()
    page = explain(find_rule(code), language)
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        typer.echo(page)

"""`xiezuo rule`: the page of one rule, or the list of all."""

from typing import Annotated

import typer

from xiezuo.i18n import Text

HELP = str(
    Text(
        "Explain a rule of `xiezuo lint`, or list them all.",
        "说明 `xiezuo lint` 的一条规则，或列出全部规则。",
    )
)


Code = Annotated[
    str, typer.Argument(help=str(Text("Such as CUT002.", "例如 CUT002。")), metavar="CODE")
]
Every = Annotated[
    bool, typer.Option("--list", help=str(Text("List every rule.", "列出全部规则。")))
]


def rule(code: Code = "", *, every: Every = False) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    from xiezuo.i18n import ui_language
    from xiezuo.lint.catalogue import explain, find_rule
    from xiezuo.lint.rules import RULES

    language = ui_language()
    if every or not code:
        for one in RULES:
            mark = {"safe": "*", "unsafe": "?"}.get(one.fixes or "", " ")
            typer.echo(f"{one.code} [{mark}] {one.name:28} {one.title(language)}")
        return
    console = Console()
    page = explain(find_rule(code), language)
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        typer.echo(page)

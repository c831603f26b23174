"""`xiezuo models`: the catalogue of models and the installed ones."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import AsJson
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.engine.models.store import Model, ModelStore

HELP = str(
    Text("List, download, add, verify and remove models.", "列出、下载、添加、校验和删除模型。")
)
app = typer.Typer(no_args_is_help=True)

ModelId = Annotated[str, typer.Argument(help=str(Text("Id of a model.", "模型名称。")))]


def _store() -> "ModelStore":
    from xiezuo.cli._settings import configured
    from xiezuo.studio import model_store

    return model_store(configured())


def _fields(store: "ModelStore", model: "Model") -> dict[str, object]:
    path = store.path(model)
    return {
        **model.model_dump(mode="json", exclude={"sampling"}),
        "installed": store.is_installed(model),
        "path": str(path) if store.is_installed(model) else None,
    }


@app.command("list", help=str(Text("List known and installed models.", "列出已知和已安装的模型。")))
def list_models(*, as_json: AsJson = False) -> None:
    from rich.console import Console
    from rich.table import Table

    from xiezuo.machine import human

    store = _store()
    if as_json:
        typer.echo(json.dumps([_fields(store, model) for model in store.models()], indent=1))
        return
    table = Table(box=None)
    for heading in (
        Text("id", "名称"),
        Text("model", "模型"),
        Text("size", "大小"),
        Text("languages", "语言"),
        Text("installed", "已安装"),
    ):
        table.add_column(str(heading), overflow="fold")
    for model in store.models():
        size = human(model.size) if model.size else "?"
        installed = "✓" if store.is_installed(model) else ""
        table.add_row(model.id, model.title, size, " ".join(model.languages), installed)
    Console().print(table)


@app.command(
    help=str(Text("Download a model, or resume a download.", "下载模型；再次运行可续传。"))
)
def pull(model_id: ModelId) -> None:
    from xiezuo.cli._signals import run

    run(_pull(model_id))


async def _pull(model_id: str) -> None:
    import asyncio

    from xiezuo.cli._display.pull_progress import PullDisplay
    from xiezuo.cli._settings import configured
    from xiezuo.engine.models import download
    from xiezuo.studio import hubs, model_store

    settings = configured()
    store = model_store(settings)
    model = store.get(model_id)
    try:
        with PullDisplay(model) as display:
            path = await download.pull(model, store, hubs(settings), display.update)
    except asyncio.CancelledError:
        hint = Text(
            "The downloaded part is kept. To resume, run:", "已下载的部分会保留。续传请运行："
        )
        typer.echo(f"{hint} xiezuo models pull {model_id}", err=True)
        raise
    typer.echo(path)


@app.command(help=str(Text("Add a GGUF file of your own.", "添加自己的 GGUF 文件。")))
def add(
    file: Annotated[Path, typer.Argument(help=str(Text("The .gguf file.", ".gguf 文件。")))],
    model_id: Annotated[
        str | None, typer.Option("--id", help=str(Text("Id to give it.", "为它指定的名称。")))
    ] = None,
    *,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help=str(Text("Copy the file instead of linking it.", "复制文件，而不是创建链接。")),
        ),
    ] = False,
) -> None:
    local = _store().add(file, model_id, copy=copy)
    typer.echo(local.model.id)


@app.command(help=str(Text("Delete the files of a model.", "删除模型文件。")))
def remove(
    model_id: ModelId,
    *,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help=str(Text("Do not ask for confirmation.", "不再询问确认。"))
        ),
    ] = False,
) -> None:
    store = _store()
    model = store.get(model_id)
    if not yes:
        typer.confirm(
            Text("Delete {path}?", "删除 {path}？").fill(path=store.path(model)), abort=True
        )
    for path in store.remove(model):
        typer.echo(path)


@app.command(help=str(Text("Verify model files by their SHA-256.", "用 SHA-256 校验模型文件。")))
def verify(
    model_id: Annotated[
        str | None,
        typer.Argument(
            help=str(
                Text(
                    "Id of a model; all installed models by default.",
                    "模型名称；默认校验全部已安装的模型。",
                )
            )
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    store = _store()
    selected = [store.get(model_id)] if model_id else store.models()
    results: dict[str, XiezuoError | None] = {}
    for model in selected:
        if model_id is None and not store.is_installed(model):
            continue
        try:
            store.verify(model)
        except XiezuoError as error:
            results[model.id] = error
        else:
            results[model.id] = None
        if not as_json:
            typer.echo(f"{model.id}: {results[model.id] or 'OK'}")
    if as_json:
        report = {name: str(error) if error else None for name, error in results.items()}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    if failed := [error for error in results.values() if error]:
        raise typer.Exit(failed[0].exit_code)


@app.command(help=str(Text("Show all information about a model.", "查看模型的全部信息。")))
def show(model_id: ModelId, *, as_json: AsJson = False) -> None:
    from dataclasses import asdict

    store = _store()
    model = store.get(model_id)
    fields = _fields(store, model)
    if store.is_installed(model):
        fields["header"] = asdict(store.locate(model_id).header)
    if as_json:
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=1))
        return
    for name, value in fields.items():
        typer.echo(f"{name}: {value}")

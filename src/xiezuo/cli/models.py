import typer

HELP = "x"
app = typer.Typer()


@app.command()
def list_() -> None: ...

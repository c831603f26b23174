"""The command line. Commands import what they need when they run, so that help is fast."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from xiezuo.cli import (
    backup,
    batch,
    bench,
    continue_,
    doctor,
    export,
    jobs,
    lint,
    models,
    outline,
    polish,
    revise,
    rule,
    serve,
    users,
    write,
)
from xiezuo.errors import XiezuoError
from xiezuo.i18n import Text

INTERRUPTED = 130  # 128 + SIGINT, as in a shell

app = typer.Typer(
    name="xiezuo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=str(
        Text(
            "A writing studio for small local models: from a brief to a finished document.",
            "面向本地小模型的写作工具：给出写作要求，生成一篇完整的文档。",
        )
    ),
)
app.command("write", help=write.HELP)(write.write)
app.command("outline", help=outline.HELP)(outline.outline)
app.command("polish", help=polish.HELP)(polish.polish)
app.command("revise", help=revise.HELP)(revise.revise)
app.command("continue", help=continue_.HELP)(continue_.continue_)
app.command("export", help=export.HELP)(export.export)
app.command("batch", help=batch.HELP)(batch.batch)
app.add_typer(jobs.app, name="jobs", help=jobs.HELP)
app.command("serve", help=serve.HELP)(serve.serve)
app.add_typer(users.app, name="users", help=users.HELP)
app.command("backup", help=backup.BACKUP_HELP)(backup.backup)
app.command("restore", help=backup.RESTORE_HELP)(backup.restore)
app.command("export-all", help=backup.EXPORT_HELP)(backup.export_all)
app.add_typer(models.app, name="models", help=models.HELP)
app.command("lint", help=lint.HELP)(lint.lint)
app.command("rule", help=rule.HELP)(rule.rule)
app.command("doctor", help=doctor.HELP)(doctor.doctor)
app.command("bench", help=bench.HELP)(bench.bench)


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, help=str(Text("Show the version.", "显示版本。"))),
    ] = False,
) -> None:
    if version:
        from xiezuo.version import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> NoReturn:
    """Run a command; print a known error as message and advice, and exit with its code."""
    try:
        app()
    except XiezuoError as error:
        typer.secho(error.message, fg="red", err=True)
        typer.echo(error.advice, err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    sys.exit(0)

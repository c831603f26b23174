"""`xiezuo backup`, `restore` and `export-all`: save and restore the database."""

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Generator

    from xiezuo.store.database import Database

BACKUP_HELP = str(
    Text(
        "Save the whole database to one file and verify it; the server may be running.",
        "把整个数据库备份到一个文件并校验；服务运行时也可备份。",
    )
)
RESTORE_HELP = str(
    Text("Restore a backup into an empty database.", "把备份恢复到空数据库。"),
)
EXPORT_HELP = str(
    Text("Save every document as a Markdown file.", "把每篇文档存为一个 Markdown 文件。"),
)
File = Annotated[Path, typer.Argument(help=str(Text("The backup file.", "备份文件。")))]
Folder = Annotated[Path, typer.Argument(help=str(Text("Folder to save to.", "目标文件夹。")))]
_UNSAFE = re.compile(r"[^\w\- ]+")
_LONGEST_NAME = 80  # characters


def backup(file: File) -> None:
    from xiezuo.store.backup import back_up

    with _database() as database:
        _print_counts(back_up(database, file.expanduser()))


def restore(file: File) -> None:
    from xiezuo.store.backup import restore as restore_backup

    with _database() as database:
        _print_counts(restore_backup(database, file.expanduser()))


def export_all(folder: Folder) -> None:
    import asyncio

    from xiezuo.store.documents.documents import Documents
    from xiezuo.writing.files import save_document

    folder = folder.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with _database() as database:
        documents = Documents(database)
        count = 0
        for document_id in documents.ids():
            stored = documents.load(document_id)
            if stored.plan is None:
                continue
            name = _UNSAFE.sub("", stored.plan.title or "")[:_LONGEST_NAME].strip()
            path = folder / f"{name or 'document'}-{document_id[:8]}.md"
            asyncio.run(save_document(path, stored.manuscript().text))
            count += 1
    typer.echo(
        Text("{count} documents saved.", "已保存 {count} 篇文档。").fill(count=count), err=True
    )


def _print_counts(rows: dict[str, int]) -> None:
    text = Text(
        "{documents} documents, {revisions} revisions.", "{documents} 篇文档，{revisions} 个修订。"
    )
    typer.echo(text.fill(**rows), err=True)


@contextmanager
def _database() -> "Generator[Database]":
    from xiezuo.cli._settings import configured
    from xiezuo.store.database import Database

    database = Database(configured().database_url)
    try:
        yield database
    finally:
        database.close()

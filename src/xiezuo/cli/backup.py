"""`xiezuo backup | restore | export-all`: take everything along."""

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
        "Everything of the database in one file, while the server runs; it is read back.",
        "把数据库的全部内容存为一个文件，服务运行时也可进行；写完会读回校验。",
    )
)
RESTORE_HELP = str(
    Text("Put a backup into an empty database.", "把备份恢复到空的数据库。"),
)
EXPORT_HELP = str(
    Text("Every document as a Markdown file.", "把每篇文档存为一个 Markdown 文件。"),
)
File = Annotated[Path, typer.Argument(help=str(Text("The backup.", "备份文件。")))]
Folder = Annotated[Path, typer.Argument(help=str(Text("Where to.", "目标目录。")))]
_UNSAFE = re.compile(r"[^\w\- ]+")
_LONGEST_NAME = 80  # characters


def backup(file: File) -> None:
    from xiezuo.store.backup import back_up

    with _database() as database:
        _say(back_up(database, file.expanduser()))


def restore(file: File) -> None:
    from xiezuo.store.backup import restore as put_back

    with _database() as database:
        _say(put_back(database, file.expanduser()))


def export_all(folder: Folder) -> None:
    import asyncio

    from xiezuo.store.documents.documents import Documents
    from xiezuo.writing.files import save_document

    folder = folder.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with _database() as database:
        documents = Documents(database)
        written = 0
        for document_id in documents.ids():
            stored = documents.load(document_id)
            if stored.plan is None:
                continue
            name = _UNSAFE.sub("", stored.plan.title or "")[:_LONGEST_NAME].strip()
            path = folder / f"{name or 'document'}-{document_id[:8]}.md"
            asyncio.run(save_document(path, stored.manuscript().text))
            written += 1
    typer.echo(Text("{count} documents.", "{count} 篇文档。").fill(count=written), err=True)


def _say(rows: dict[str, int]) -> None:
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

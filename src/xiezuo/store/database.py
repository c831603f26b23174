"""One database, SQLite or PostgreSQL by URL: opened, brought up to date, used in transactions.

SQLite is the one in the wheel `pysqlite3`: versions 3.7.0–3.51.2, Python's own among them, can
corrupt a WAL that two processes write. `synchronous=FULL`: what was committed is on disk. One
connection a process, used by one thread at a time.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3.dbapi2
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from xiezuo.errors import StoreDamagedError, StoreError, StoreVersionError
from xiezuo.store import migrations

BUSY_SECONDS = 30


class Database:
    """A context manager around one database.

    Raises (on opening and in `begin`):
        StoreError: it cannot be reached, read or written.
        StoreDamagedError: SQLite finds it damaged; it was set aside.
        StoreVersionError: it was made by a newer xiezuo; it is left untouched.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._lock = threading.RLock()
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        if self._is_sqlite:
            if self._url.database:
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                self._url,
                module=pysqlite3.dbapi2,
                poolclass=StaticPool,
                connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            self.engine = create_engine(self._url, pool_size=5, pool_pre_ping=True)
        if self._is_sqlite:
            self._check()
        self._migrate()

    def _check(self) -> None:
        """Set a damaged file aside; it is never replaced without a word."""
        with self.begin() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if found == "ok" or not self._url.database:
            return
        self.engine.dispose()
        path = Path(self._url.database)
        aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        for ending in ("", "-wal", "-shm"):
            if (part := path.with_name(path.name + ending)).exists():
                part.replace(aside.with_name(aside.name + ending))
        raise StoreDamagedError(place=path, problem=found, aside=aside)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def begin(self) -> Generator[Connection]:
        """A transaction: committed at the end, undone by an exception."""
        try:
            if self._is_sqlite:
                with self._lock, self.engine.begin() as connection:
                    yield connection
            else:
                with self.engine.begin() as connection:
                    yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(
                place=self._url.render_as_string(hide_password=True), problem=str(error.orig)
            ) from error

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__path__[0])))
        config.attributes["configure_logger"] = False
        with self.begin() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                newest = ScriptDirectory.from_config(config).get_current_head()
                raise StoreVersionError(
                    place=self._url.render_as_string(hide_password=True), newest=newest
                ) from error


def _prepare_sqlite(connection: object, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")  # pyright: ignore[reportUnknownMemberType]
    cursor.close()  # pyright: ignore[reportUnknownMemberType]

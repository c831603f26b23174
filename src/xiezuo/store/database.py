"""The database, SQLite or PostgreSQL by URL: opening, migration, transactions.

SQLite comes from the wheel `pysqlite3`: versions 3.7.0–3.51.2, Python's own among them, can corrupt
a WAL that two processes write. With `synchronous=FULL`, a committed transaction is on disk. A
process has one connection that writes and two that read, each used by one thread at a time. So a
reader waits neither for the disk nor for another process that writes, and looking up a row does not
wait for a long read.
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
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, StaticPool

from xiezuo.errors import StoreError, StoreVersionError
from xiezuo.store import migrations, sqlite_file

BUSY_SECONDS = 10  # longest wait for a lock
TRUSTED_SECONDS = 1.0  # a PostgreSQL connection used within this time is not pinged
_MIGRATION_LOCK = 0x7869657A756F  # "xiezuo" in ASCII; no other program should lock this number


class Database:
    """A context manager around one database.

    Raises (on opening, in `begin`, `read` and `lookup`):
        StoreError: it cannot be reached, read or written, or it stays locked for too long.
        StoreDamagedError: SQLite finds it damaged on opening; the file was renamed.
        StoreVersionError: a newer xiezuo created it; it is left unchanged.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._config = Config()
        self._config.set_main_option("script_location", str(Path(migrations.__path__[0])))
        self._config.attributes["configure_logger"] = False
        if self._is_sqlite:
            self._check_file(Path(self._url.database or ""))
            self.engine = self._sqlite("BEGIN IMMEDIATE")
            self._reader = self._sqlite("BEGIN")
            self._looker = self._sqlite(None)
        else:
            self.engine = self._postgresql()
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self._looker = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        engines = (self.engine, self._reader, self._looker)
        self._locks = {id(engine): threading.RLock() for engine in engines}
        self._migrate()

    def _check_file(self, path: Path) -> None:
        """Refuse a newer database, rename a damaged one, make a copy of an older one."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(place=path, problem=error.strerror) from error
        version = sqlite_file.schema_of(path, BUSY_SECONDS)
        scripts = ScriptDirectory.from_config(self._config)
        if version is None or version == scripts.get_current_head():
            return
        if version not in {revision.revision for revision in scripts.walk_revisions()}:
            raise self._version_error()
        name = f"{path.name}.schema-{version}-{time.strftime('%Y%m%d-%H%M%S')}"
        sqlite_file.copy(path, name, BUSY_SECONDS)

    def _postgresql(self) -> Engine:
        options = f"-c lock_timeout={round(BUSY_SECONDS * 1000)}"
        engine = create_engine(
            self._url,
            pool_size=5,
            pool_use_lifo=True,
            pool_timeout=BUSY_SECONDS,
            connect_args={"options": options, "connect_timeout": max(2, int(BUSY_SECONDS))},
        )

        def on_checkin(_: object, entry: ConnectionPoolEntry) -> None:
            entry.info["used"] = time.monotonic()

        def on_checkout(
            connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection
        ) -> None:
            if time.monotonic() - entry.info.get("used", 0.0) < TRUSTED_SECONDS:
                return
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

        event.listen(engine, "checkin", on_checkin)
        event.listen(engine, "checkout", on_checkout)
        return engine

    def _sqlite(self, begin: str | None) -> Engine:
        """An engine with one connection; `begin` starts each transaction, None means autocommit.

        A writer takes the lock at once. A transaction that reads before it writes would fail
        immediately if another connection wrote in between.
        """
        engine = create_engine(
            self._url,
            module=pysqlite3.dbapi2,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        )
        event.listen(engine, "connect", _prepare_sqlite)

        if begin is not None:

            def on_begin(connection: Connection) -> None:
                connection.exec_driver_sql(begin)

            event.listen(engine, "begin", on_begin)
        return engine

    def close(self) -> None:
        self._looker.dispose()
        self._reader.dispose()
        self.engine.dispose()

    @contextmanager
    def begin(self) -> Generator[Connection]:
        """A transaction that may write: committed at the end, rolled back on an exception."""
        with self._transaction(self.engine) as connection:
            yield connection

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only transaction that sees one consistent snapshot."""
        with self._transaction(self._reader) as connection:
            yield connection

    @contextmanager
    def lookup(self) -> Generator[Connection]:
        """A connection for one reading statement, three times as fast as in a transaction."""
        with self._transaction(self._looker) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: Engine) -> Generator[Connection]:
        try:
            if not self._is_sqlite:
                with engine.begin() as connection:
                    yield connection
                return
            lock = self._locks[id(engine)]
            if not lock.acquire(timeout=BUSY_SECONDS):
                raise self._error("database is locked")
            try:
                with engine.begin() as connection:
                    yield connection
            finally:
                lock.release()
        except IntegrityError:
            raise
        except NoConnectionError as error:
            raise self._error("all connections are in use") from error
        except DBAPIError as error:
            raise as_store_error(error, self._url) from error

    def _migrate(self) -> None:
        """Bring the schema up to date, all or nothing."""
        with self.begin() as connection:
            if not self._is_sqlite:
                # Two processes may start at once; the second waits without a time limit.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            self._config.attributes["connection"] = connection
            try:
                command.upgrade(self._config, "head")
            except CommandError as error:
                raise self._version_error() from error

    def _version_error(self) -> StoreVersionError:
        newest = ScriptDirectory.from_config(self._config).get_current_head()
        return StoreVersionError(place=self._place, newest=newest)

    def _error(self, problem: str) -> StoreError:
        return StoreError(place=self._place, problem=problem)

    @property
    def _place(self) -> str:
        return self._url.render_as_string(hide_password=True)


def as_store_error(error: DBAPIError, url: str | URL) -> StoreError:
    """The driver's error for the database at `url` as a `StoreError`."""
    place = make_url(url).render_as_string(hide_password=True)
    return StoreError(place=place, problem=str(error.orig))


def _prepare_sqlite(connection: object, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # pyright: ignore[reportAttributeAccessIssue] - see `_sqlite`
    cursor = connection.cursor()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")  # pyright: ignore[reportUnknownMemberType]
    cursor.close()  # pyright: ignore[reportUnknownMemberType]

"""Retries while the database is unavailable: nothing unstorable is written, and no job fails."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url

from xiezuo.errors import StoreError

AWAY_SECONDS = 1.0  # between two attempts
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


async def retry_while_away(
    work: Callable[[], Coroutine[Any, Any, _T]], tell: Callable[[StoreError | None], None]
) -> _T:
    """Run `work`, and repeat it while the store is unavailable.

    `tell` is called with each new error, and with None at the end. An outage (no disk space, for
    example) can last hours, so the log has only changes.
    """
    last_message = ""
    try:
        while True:
            try:
                return await work()
            except StoreError as error:
                if type(error) is not StoreError:  # a subclass: an error that retries do not solve
                    raise
                if error.message != last_message:
                    _log.warning("waiting for the store: %s", error.message)
                last_message = error.message
                tell(error)
                await asyncio.sleep(AWAY_SECONDS)
    finally:
        tell(None)


def retrying_engine(url: str) -> Engine | None:
    """An engine with which DBOS waits for a PostgreSQL that refuses connections; None for SQLite.

    DBOS retries only what SQLAlchemy reports as a lost connection. It recognizes a refused
    connection by the driver's message, and psycopg 3.3 has a different message.
    """
    if make_url(url).get_backend_name() != "postgresql":
        return None
    engine = create_engine(url, pool_pre_ping=True)
    event.listen(engine, "handle_error", _mark_as_disconnect)
    return engine


def _mark_as_disconnect(context: ExceptionContext) -> None:
    refused = isinstance(context.original_exception, psycopg.OperationalError)
    if refused and context.connection is None:
        context.is_disconnect = True

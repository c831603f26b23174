"""Waiting while the database is away: what cannot be stored is not written, and no job fails."""

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
    """Do `work`, again and again while the store cannot be used; `tell` hears why, and of the end.

    One that cannot be used for want of space, say, is so for hours: told is what is new.
    """
    last = ""
    try:
        while True:
            try:
                return await work()
            except StoreError as error:
                if type(error) is not StoreError:  # those that waiting does not mend
                    raise
                if error.message != last:
                    _log.warning("waiting for the store: %s", error.message)
                last = error.message
                tell(error)
                await asyncio.sleep(AWAY_SECONDS)
    finally:
        tell(None)


def retrying_engine(url: str) -> Engine | None:
    """An engine for DBOS that lets it wait for a PostgreSQL that refuses connections; else none.

    DBOS waits for what SQLAlchemy calls a lost connection. It knows a connection that could not be
    made by the driver's words only, and those of psycopg 3.3 are others.
    """
    if make_url(url).get_backend_name() != "postgresql":
        return None
    engine = create_engine(url, pool_pre_ping=True)
    event.listen(engine, "handle_error", _call_it_lost)
    return engine


def _call_it_lost(context: ExceptionContext) -> None:
    refused = isinstance(context.original_exception, psycopg.OperationalError)
    if refused and context.connection is None:
        context.is_disconnect = True

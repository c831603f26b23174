"""Idempotency keys: the same request, sent again, gives the same answer and starts nothing twice.

A document that is made under a key has an id that follows from the key. So whatever was done
before a crash is found again, and the answer is made from it.
"""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from xiezuo.server import refusals
from xiezuo.server.errors import HttpError
from xiezuo.store.database import Database
from xiezuo.store.schema import idempotency

KEPT_SECONDS = 24 * 3600
ABANDONED_SECONDS = 60  # after which a request without an answer counts as crashed
_Answer = TypeVar("_Answer", bound=BaseModel)


async def run_once(  # noqa: PLR0917 - who, what, and what for
    database: Database, owner: str, key: str | None, asked: BaseModel, answers: type[_Answer],
    work: Callable[[str], Awaitable[_Answer]],
) -> _Answer:  # fmt: skip
    """Do `work` with a new id; under a `key` only the first time, with an id that follows from it.

    Raises:
        HttpError: the key belongs to another request, or to one that is being answered (409).
    """
    if key is None:
        return await work(uuid.uuid4().hex)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    request = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    kept = await asyncio.to_thread(_claim, database, owner, digest, request)
    if kept is not None:
        return answers.model_validate(kept)
    try:
        answer = await work(hashlib.sha256(f"{owner} {digest}".encode()).hexdigest()[:32])
    except BaseException:
        await asyncio.to_thread(_forget, database, owner, digest)
        raise
    await asyncio.to_thread(_keep, database, owner, digest, answer.model_dump(mode="json"))
    return answer


def _claim(database: Database, owner: str, key: str, request: str) -> object | None:
    """The answer that was given under this key; none when it is ours to answer now."""
    row = {"owner": owner, "key": key, "request": request, "created": time.time()}
    old = delete(idempotency).where(idempotency.c.created < time.time() - KEPT_SECONDS)
    try:
        with database.begin() as connection:
            connection.execute(old)
            connection.execute(insert(idempotency).values(row))
    except IntegrityError:
        mine = _is(owner, key)
        with database.begin() as connection:
            found = connection.execute(select(idempotency).where(mine)).mappings().one_or_none()
        if found is None:  # the first one failed this very moment
            return _claim(database, owner, key, request)
        if found["request"] != request:
            raise HttpError(refusals.KEY_REUSED) from None
        if found["answer"] is None and not _inherit(database, mine, found["created"]):
            raise HttpError(refusals.STILL_WORKING) from None
        return found["answer"]
    return None


def _inherit(database: Database, mine: ColumnElement[bool], created: float) -> bool:
    """Whether a request whose process crashed is now ours, and nobody else's."""
    now = time.time()
    if created > now - ABANDONED_SECONDS:
        return False
    unanswered = mine & (idempotency.c.created == created) & idempotency.c.answer.is_(None)
    with database.begin() as connection:
        change = update(idempotency).where(unanswered).values(created=now)
        return connection.execute(change).rowcount == 1


def _forget(database: Database, owner: str, key: str) -> None:
    with database.begin() as connection:
        connection.execute(delete(idempotency).where(_is(owner, key)))


def _keep(database: Database, owner: str, key: str, answer: dict[str, Any]) -> None:
    with database.begin() as connection:
        connection.execute(update(idempotency).where(_is(owner, key)).values(answer=answer))


def _is(owner: str, key: str) -> ColumnElement[bool]:
    return (idempotency.c.owner == owner) & (idempotency.c.key == key)

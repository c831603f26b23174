"""Idempotency keys: a repeated request gets the first answer and starts nothing twice.

The id of a document created under a key is derived from the key. After a crash, the repeated
request therefore finds what the first one stored and answers from it.
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


async def run_once(  # noqa: PLR0917 - all are needed
    database: Database,
    owner: str,
    key: str | None,
    body: BaseModel,
    answer_type: type[_Answer],
    work: Callable[[str], Awaitable[_Answer]],
) -> _Answer:
    """Call `work` with a new id; under a `key`, only once and with an id derived from the key.

    Raises:
        HttpError: the key belongs to another request, or its request is still running (409).
    """
    if key is None:
        return await work(uuid.uuid4().hex)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    request = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    earlier_answer = await asyncio.to_thread(_claim, database, owner, digest, request)
    if earlier_answer is not None:
        return answer_type.model_validate(earlier_answer)
    try:
        answer = await work(hashlib.sha256(f"{owner} {digest}".encode()).hexdigest()[:32])
    except BaseException:
        await asyncio.to_thread(_release, database, owner, digest)
        raise
    await asyncio.to_thread(_store_answer, database, owner, digest, answer.model_dump(mode="json"))
    return answer


def _claim(database: Database, owner: str, key: str, request: str) -> object | None:
    """Return the stored answer of this key, or claim the key and return None."""
    row = {"owner": owner, "key": key, "request": request, "created": time.time()}
    expired = delete(idempotency).where(idempotency.c.created < time.time() - KEPT_SECONDS)
    try:
        with database.begin() as connection:
            connection.execute(expired)
            connection.execute(insert(idempotency).values(row))
    except IntegrityError:
        claim = _is(owner, key)
        with database.begin() as connection:
            stored = connection.execute(select(idempotency).where(claim)).mappings().one_or_none()
        if stored is None:  # the first request failed and released the key in the meantime
            return _claim(database, owner, key, request)
        if stored["request"] != request:
            raise HttpError(refusals.KEY_REUSED) from None
        if stored["answer"] is None and not _take_over(database, claim, stored["created"]):
            raise HttpError(refusals.STILL_WORKING) from None
        return stored["answer"]
    return None


def _take_over(database: Database, claim: ColumnElement[bool], created: float) -> bool:
    """Claim the key of a request whose process crashed; True for exactly one caller."""
    now = time.time()
    if created > now - ABANDONED_SECONDS:
        return False
    unanswered = claim & (idempotency.c.created == created) & idempotency.c.answer.is_(None)
    with database.begin() as connection:
        change = update(idempotency).where(unanswered).values(created=now)
        return connection.execute(change).rowcount == 1


def _release(database: Database, owner: str, key: str) -> None:
    with database.begin() as connection:
        connection.execute(delete(idempotency).where(_is(owner, key)))


def _store_answer(database: Database, owner: str, key: str, answer: dict[str, Any]) -> None:
    with database.begin() as connection:
        connection.execute(update(idempotency).where(_is(owner, key)).values(answer=answer))


def _is(owner: str, key: str) -> ColumnElement[bool]:
    return (idempotency.c.owner == owner) & (idempotency.c.key == key)

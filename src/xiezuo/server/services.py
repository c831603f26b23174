"""What the routes work with, and who is asking."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from xiezuo.errors import UnknownDocumentError
from xiezuo.jobs.queue import JobQueue
from xiezuo.server import refusals
from xiezuo.server.feeds import Feeds
from xiezuo.server.kept import Kept
from xiezuo.server.problems import HttpError
from xiezuo.server.pulls import Pulls
from xiezuo.server.workshop import Workshop
from xiezuo.store.accounts import Accounts, Principal
from xiezuo.store.database import Database
from xiezuo.store.documents import Mark
from xiezuo.store.failures import Failures
from xiezuo.store.library import Library
from xiezuo.store.records import StoredDocument, StoredJob
from xiezuo.studio import Studio

AT_ONCE = 2  # passwords that are checked: each takes 64 MB and both cores
_IN_LINE = 20  # that wait for it


@dataclass
class Throttle:
    """Makes guessing passwords slow: each wrong one doubles the wait for its name and address.

    Failures are counted in the store, for all processes; the line is this process's own.
    """

    failures: Failures
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _line: int = 0

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncGenerator[None]:
        """Inside, `who` may try a password.

        Raises:
            HttpError: he has to wait, or too many try at once (429).
        """
        if self._line >= _IN_LINE:
            raise _too_many(1)
        self._line += 1
        try:
            async with self._places:
                if wait := await run_in_threadpool(self.failures.wait, who):
                    raise _too_many(int(wait) + 1)
                yield
        finally:
            self._line -= 1


def _too_many(seconds: int) -> HttpError:
    return HttpError(refusals.TOO_MANY_ATTEMPTS, headers={"Retry-After": str(seconds)})


@dataclass
class Services:
    """Everything that lives as long as the server.

    Attributes:
        needs_login: whether there are users, so that everybody has to say who he is.
        secure: whether browsers come by HTTPS, so that cookies go no other way.
    """

    studio: Studio
    queue: JobQueue
    database: Database
    library: Library
    accounts: Accounts
    throttle: Throttle
    feeds: Feeds
    needs_login: bool
    secure: bool = False
    pulls: Pulls = field(default_factory=Pulls)
    kept: Kept = field(default_factory=Kept)
    workshop: Workshop = field(default_factory=Workshop)


def inside_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def asking(request: Request) -> Principal:
    """Who is asking; `entrance.py` has found him out, or the request would not be here."""
    return cast("Principal", request.scope["principal"])


# What takes no time is a coroutine all the same: the framework gives each function a thread. None
# depends on another, and what is read most often depends on nothing but the request: the framework
# needs longer to find out what depends on what than these to answer.
async def services(request: Request) -> Services:
    return inside_of(request)


In = Annotated[Services, Depends(services)]


async def principal(request: Request) -> Principal:
    return asking(request)


Who = Annotated[Principal, Depends(principal)]


async def administrator(request: Request) -> Principal:
    who = asking(request)
    if "admin" not in who.scopes:
        raise scope_missing()
    return who


Admin = Annotated[Principal, Depends(administrator)]


async def keeper(request: Request) -> Principal:
    """Who may make keys: a person in a browser, and a key that may do everything."""
    who = asking(request)
    if who.csrf is None and "admin" not in who.scopes:
        raise scope_missing()
    return who


Keeper = Annotated[Principal, Depends(keeper)]


def scope_missing() -> HttpError:
    return HttpError(refusals.SCOPE_MISSING)


async def owned(document_id: str, request: Request) -> StoredDocument:
    """The document, if it belongs to who asks; another's is as if it were not there."""
    document = await run_in_threadpool(inside_of(request).queue.documents.load, document_id)
    if document.owner != asking(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return document


Owned = Annotated[StoredDocument, Depends(owned)]


async def owned_mark(document_id: str, request: Request) -> Mark:
    """As `owned`, for those who need no more than to know that it has not changed."""
    mark = await run_in_threadpool(inside_of(request).queue.documents.mark, document_id)
    if mark.owner != asking(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return mark


OwnedMark = Annotated[Mark, Depends(owned_mark)]


async def owned_job(job_id: str, request: Request) -> StoredJob:
    job, owner = await run_in_threadpool(inside_of(request).queue.jobs.with_owner, job_id)
    if owner != asking(request).user_id:
        raise UnknownDocumentError(id=job.document_id)
    return job


OwnedJob = Annotated[StoredJob, Depends(owned_job)]

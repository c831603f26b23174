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
from xiezuo.server.document_feed import DocumentFeeds
from xiezuo.server.downloads import Downloads
from xiezuo.server.errors import HttpError
from xiezuo.server.isolation.pool import WorkerPool
from xiezuo.server.response_cache import ResponseCache
from xiezuo.store.accounts import Accounts, Principal
from xiezuo.store.database import Database
from xiezuo.store.documents.documents import DocumentVersion
from xiezuo.store.library import Library
from xiezuo.store.login_failures import LoginFailures
from xiezuo.store.records import StoredDocument, StoredJob
from xiezuo.studio import Studio

AT_ONCE = 2  # passwords that are checked: each takes 64 MB and both cores
_IN_LINE = 20  # that wait for it


@dataclass
class LoginThrottle:
    """Makes guessing passwords slow: each wrong one doubles the wait for its name and address.

    Failures are counted in the store, for all processes; the line is this process's own.
    """

    failures: LoginFailures
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
        login_required: whether there are users, so that every request needs a login or a key.
        secure: whether browsers come by HTTPS, so that cookies go no other way.
    """

    studio: Studio
    queue: JobQueue
    database: Database
    library: Library
    accounts: Accounts
    throttle: LoginThrottle
    document_feeds: DocumentFeeds
    login_required: bool
    secure: bool = False
    downloads: Downloads = field(default_factory=Downloads)
    response_cache: ResponseCache = field(default_factory=ResponseCache)
    workers: WorkerPool = field(default_factory=WorkerPool)


def services_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def current_principal(request: Request) -> Principal:
    """The authenticated principal, set by the middleware."""
    return cast("Principal", request.scope["principal"])


# What takes no time is a coroutine all the same: the framework gives each function a thread. None
# depends on another, and what is read most often depends on nothing but the request: the framework
# needs longer to find out what depends on what than these to answer.
async def services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(services)]


async def principal(request: Request) -> Principal:
    return current_principal(request)


CurrentPrincipal = Annotated[Principal, Depends(principal)]


async def administrator(request: Request) -> Principal:
    who = current_principal(request)
    if "admin" not in who.scopes:
        raise scope_missing()
    return who


Admin = Annotated[Principal, Depends(administrator)]


async def key_manager(request: Request) -> Principal:
    """Who may make keys: a person in a browser, and a key that may do everything."""
    who = current_principal(request)
    if who.csrf is None and "admin" not in who.scopes:
        raise scope_missing()
    return who


KeyManager = Annotated[Principal, Depends(key_manager)]


def scope_missing() -> HttpError:
    return HttpError(refusals.SCOPE_MISSING)


async def owned_document(document_id: str, request: Request) -> StoredDocument:
    """The document, if it belongs to who asks; another's is as if it were not there."""
    document = await run_in_threadpool(services_of(request).queue.documents.load, document_id)
    if document.owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return document


OwnedDocument = Annotated[StoredDocument, Depends(owned_document)]


async def owned_version(document_id: str, request: Request) -> DocumentVersion:
    """As `owned`, for those who need no more than to know that it has not changed."""
    mark = await run_in_threadpool(services_of(request).queue.documents.version, document_id)
    if mark.owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return mark


OwnedVersion = Annotated[DocumentVersion, Depends(owned_version)]


async def owned_job(job_id: str, request: Request) -> StoredJob:
    job, owner = await run_in_threadpool(services_of(request).queue.jobs.with_owner, job_id)
    if owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=job.document_id)
    return job


OwnedJob = Annotated[StoredJob, Depends(owned_job)]

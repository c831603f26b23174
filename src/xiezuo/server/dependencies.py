"""FastAPI dependencies: the services, the authenticated principal, and documents they own."""

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

AT_ONCE = 2  # password checks at the same time: each takes 64 MB and both cores
_MAX_QUEUED = 20  # password checks that may wait


@dataclass
class LoginThrottle:
    """Slows down password guessing: each failure doubles the wait for that name and address.

    Failures are counted in the store, for all processes; the queue is local to this process.
    """

    failures: LoginFailures
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _queued: int = 0

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncGenerator[None]:
        """Hold a slot in which `client` may try a password.

        Raises:
            HttpError: the client has to wait, or too many clients try at once (429).
        """
        if self._queued >= _MAX_QUEUED:
            raise _too_many_attempts(1)
        self._queued += 1
        try:
            async with self._slots:
                if wait := await run_in_threadpool(self.failures.wait, client):
                    raise _too_many_attempts(int(wait) + 1)
                yield
        finally:
            self._queued -= 1


def _too_many_attempts(seconds: int) -> HttpError:
    return HttpError(refusals.TOO_MANY_ATTEMPTS, headers={"Retry-After": str(seconds)})


@dataclass
class Services:
    """Objects that live as long as the server.

    Attributes:
        login_required: whether there are users, so that every request needs a login or a key.
        secure: whether browsers use HTTPS, so that cookies are restricted to it.
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


# These are coroutines although they do not wait: FastAPI runs plain functions in a thread. They
# depend on the request only: resolving nested dependencies would take longer than these calls.
async def services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(services)]


async def principal(request: Request) -> Principal:
    return current_principal(request)


CurrentPrincipal = Annotated[Principal, Depends(principal)]


async def administrator(request: Request) -> Principal:
    caller = current_principal(request)
    if "admin" not in caller.scopes:
        raise scope_missing()
    return caller


Admin = Annotated[Principal, Depends(administrator)]


async def key_manager(request: Request) -> Principal:
    """A principal that may create keys: a browser session, or a key with the scope `admin`."""
    caller = current_principal(request)
    if caller.csrf is None and "admin" not in caller.scopes:
        raise scope_missing()
    return caller


KeyManager = Annotated[Principal, Depends(key_manager)]


def scope_missing() -> HttpError:
    return HttpError(refusals.SCOPE_MISSING)


async def owned_document(document_id: str, request: Request) -> StoredDocument:
    """The document, if it belongs to the principal; any other counts as unknown."""
    document = await run_in_threadpool(services_of(request).queue.documents.load, document_id)
    if document.owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return document


OwnedDocument = Annotated[StoredDocument, Depends(owned_document)]


async def owned_version(document_id: str, request: Request) -> DocumentVersion:
    """The version of an owned document, without loading its text."""
    version = await run_in_threadpool(services_of(request).queue.documents.version, document_id)
    if version.owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=document_id)
    return version


OwnedVersion = Annotated[DocumentVersion, Depends(owned_version)]


async def owned_job(job_id: str, request: Request) -> StoredJob:
    job, owner = await run_in_threadpool(services_of(request).queue.jobs.with_owner, job_id)
    if owner != current_principal(request).user_id:
        raise UnknownDocumentError(id=job.document_id)
    return job


OwnedJob = Annotated[StoredJob, Depends(owned_job)]

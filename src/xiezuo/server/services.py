"""What the routes work with, and who is asking."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from xiezuo.errors import UnknownDocumentError
from xiezuo.jobs.queue import JobQueue
from xiezuo.language import Text
from xiezuo.server.doors import COOKIE
from xiezuo.server.feeds import Feeds
from xiezuo.server.problems import HttpError
from xiezuo.store.accounts import SCOPES, Accounts, Principal
from xiezuo.store.database import Database
from xiezuo.store.documents import LOCAL
from xiezuo.store.library import Library
from xiezuo.store.records import StoredDocument, StoredJob
from xiezuo.studio import Studio

_SAFE = frozenset({"GET", "HEAD"})
_FREE_ATTEMPTS = 5  # wrong passwords before one has to wait
AT_ONCE = 2  # documents that are exported
_LONGEST_WAIT = 300.0  # seconds


@dataclass
class Throttle:
    """Makes guessing passwords slow: each wrong one doubles the wait for its name and address."""

    failures: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    until: dict[str, float] = field(default_factory=dict[str, float])

    def wait(self, who: str) -> float:
        """Seconds until `who` may try again."""
        return max(0.0, self.until.get(who, 0.0) - time.monotonic())

    def failed(self, who: str) -> None:
        self.failures[who] += 1
        over = self.failures[who] - _FREE_ATTEMPTS
        if over >= 0:
            self.until[who] = time.monotonic() + min(_LONGEST_WAIT, 2.0**over)
        if len(self.failures) > 10_000:  # noqa: PLR2004 - bounded, whatever is tried
            self.failures.clear()
            self.until.clear()

    def succeeded(self, who: str) -> None:
        self.failures.pop(who, None)
        self.until.pop(who, None)


@dataclass
class Services:
    """Everything that lives as long as the server.

    Attributes:
        exporting: makes others wait; a converter takes much memory.
        needs_login: whether there are users, so that everybody has to say who he is.
    """

    studio: Studio
    queue: JobQueue
    database: Database
    library: Library
    accounts: Accounts
    feeds: Feeds
    needs_login: bool
    throttle: Throttle = field(default_factory=Throttle)
    exporting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


def services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


In = Annotated[Services, Depends(services)]


async def principal(request: Request, inside: In) -> Principal:
    """Who is asking, if he may: by an API key, or by a browser's session and its CSRF token."""
    if not inside.needs_login:
        return Principal(LOCAL, frozenset(SCOPES))
    found = await run_in_threadpool(_find, request, inside.accounts)
    if found is None:
        raise HttpError(
            401, "LoginNeeded", Text("Log in, or send an API key.", "请登录，或发送 API 密钥。"),
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    safe = request.method in _SAFE
    if found.csrf is not None and not safe and request.headers.get("x-csrf-token") != found.csrf:
        raise HttpError(
            403, "CsrfToken", Text("The CSRF token is missing or old.", "缺少 CSRF 令牌或已过期。")
        )
    if ("read" if safe else "write") not in found.scopes:
        raise _scope_missing()
    return found


def _find(request: Request, accounts: Accounts) -> Principal | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return accounts.by_key(token.strip())
    session = request.cookies.get(COOKIE)
    return accounts.by_session(session) if session else None


Who = Annotated[Principal, Depends(principal)]


async def administrator(who: Who) -> Principal:
    if "admin" not in who.scopes:
        raise _scope_missing()
    return who


Admin = Annotated[Principal, Depends(administrator)]


def _scope_missing() -> HttpError:
    return HttpError(
        403, "ScopeMissing", Text("This key may not do that.", "该密钥没有这项权限。"),
        Text("Make one with another scope.", "请创建具有相应权限的密钥。"),
    )  # fmt: skip


async def owned(document_id: str, who: Who, inside: In) -> StoredDocument:
    """The document, if it belongs to who asks; another's is as if it were not there."""
    document = await run_in_threadpool(inside.queue.documents.load, document_id)
    if document.owner != who.user_id:
        raise UnknownDocumentError(id=document_id)
    return document


Owned = Annotated[StoredDocument, Depends(owned)]


async def owned_job(job_id: str, who: Who, inside: In) -> StoredJob:
    job = await run_in_threadpool(inside.queue.jobs.load, job_id)
    await owned(job.document_id, who, inside)
    return job


OwnedJob = Annotated[StoredJob, Depends(owned_job)]

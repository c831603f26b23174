"""The service itself: who is logged in, keys, templates, settings, backups."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from xiezuo.server import refusals
from xiezuo.server.dependencies import (
    Admin,
    CurrentPrincipal,
    KeyManager,
    ServicesDep,
    scope_missing,
)
from xiezuo.server.errors import HttpError
from xiezuo.server.middleware.authentication import session_of
from xiezuo.server.middleware.security import COOKIE
from xiezuo.server.request_classes import MAINTENANCE, SHORT, request_class
from xiezuo.server.schemas.system import (
    KeyIn,
    KeyOut,
    LoginIn,
    Me,
    NewKey,
    PasswordIn,
    SettingsIn,
    TemplateIn,
    TemplateOut,
    gallery_out,
    template_out,
)
from xiezuo.store.accounts import SESSION_SECONDS
from xiezuo.store.backup import back_up
from xiezuo.version import __version__
from xiezuo.writing.planning.templates import gallery

router = APIRouter(prefix="/api", tags=["system"])
public = APIRouter(prefix="/api", tags=["system"])  # for those who are not logged in yet


class AboutOut(BaseModel):
    """This installation; `needs_login` is whether it has users."""

    version: str
    needs_login: bool
    data_dir: str
    database: str
    languages: list[str]
    prompts_dir: str


class Login(Me):
    seconds: Annotated[int, Field(description="How long the session lasts.")] = SESSION_SECONDS


@public.post("/login")
@request_class(SHORT)
async def log_in(
    asked: LoginIn, request: Request, response: Response, inside: ServicesDep
) -> Login:
    """Start a session: a cookie that scripts cannot read, and a CSRF token for changes."""
    who = f"{asked.name} {request.client.host if request.client else ''}"
    async with inside.throttle.turn(who):
        user_id = await run_in_threadpool(inside.accounts.verify, asked.name, asked.password)
        if user_id is None:
            await run_in_threadpool(inside.throttle.failures.failed, who)
            raise HttpError(refusals.WRONG_LOGIN)
        await run_in_threadpool(inside.throttle.failures.succeeded, who)
    inside.accounts.end_session(session_of(request.headers))
    token, csrf = await run_in_threadpool(inside.accounts.start_session, user_id)
    found = await run_in_threadpool(inside.accounts.by_session, token)
    response.set_cookie(
        COOKIE, token, SESSION_SECONDS, httponly=True, samesite="strict", secure=inside.secure
    )
    return Login(user_id=user_id, scopes=sorted(found.scopes) if found else [], csrf=csrf)


@router.post("/logout", status_code=204)
@request_class(SHORT)
def log_out(_: CurrentPrincipal, request: Request, response: Response, inside: ServicesDep) -> None:
    inside.accounts.end_session(session_of(request.headers))
    response.delete_cookie(COOKIE)


@router.get("/me")
@request_class(SHORT)
def read_me(who: CurrentPrincipal) -> Me:
    return Me(user_id=who.user_id, scopes=sorted(who.scopes), csrf=who.csrf)


@router.put("/password", status_code=204)
@request_class(SHORT)
async def change_password(
    who: KeyManager, asked: PasswordIn, request: Request, inside: ServicesDep
) -> None:
    """Another password; all sessions of the user end but this one."""
    if not inside.login_required:
        raise HttpError(refusals.NO_USERS)
    throttled = f"{who.user_id} password"
    async with inside.throttle.turn(throttled):
        changed = await run_in_threadpool(
            inside.accounts.change_password, who.user_id, asked.old, asked.new,
            keep=session_of(request.headers),
        )  # fmt: skip
        if not changed:
            await run_in_threadpool(inside.throttle.failures.failed, throttled)
            raise HttpError(refusals.WRONG_OLD_PASSWORD)
        await run_in_threadpool(inside.throttle.failures.succeeded, throttled)


@router.get("/keys")
@request_class(SHORT)
def list_keys(who: KeyManager, inside: ServicesDep) -> list[KeyOut]:
    found = inside.accounts.keys(who.user_id)
    return [KeyOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/keys", status_code=201)
@request_class(SHORT)
def make_key(who: KeyManager, asked: KeyIn, inside: ServicesDep) -> NewKey:
    """A key for a program; it is shown this once."""
    if not inside.login_required:
        raise HttpError(refusals.NO_USERS)
    if not who.scopes.issuperset(asked.scopes):
        raise scope_missing()
    key, token = inside.accounts.add_key(who.user_id, asked.name, tuple(asked.scopes))
    return NewKey(
        id=key.id, name=key.name, scopes=list(key.scopes), created=key.created, token=token
    )


@router.delete("/keys/{key_id}", status_code=204)
@request_class(SHORT)
def remove_key(who: KeyManager, key_id: str, inside: ServicesDep) -> None:
    if not inside.accounts.remove_key(who.user_id, key_id):
        raise HttpError(refusals.UNKNOWN_KEY)


@router.get("/templates")
@request_class(SHORT)
def list_templates(who: CurrentPrincipal, inside: ServicesDep) -> list[TemplateOut]:
    """One's own, then the built-in ones: ten kinds, each in English and Chinese."""
    own = [template_out(template) for template in inside.library.templates.of_owner(who.user_id)]
    return own + [gallery_out(one) for one in gallery()]


@router.post("/templates", status_code=201)
@request_class(SHORT)
def make_template(who: CurrentPrincipal, asked: TemplateIn, inside: ServicesDep) -> TemplateOut:
    return template_out(inside.library.templates.add(who.user_id, asked.name, asked.brief))


@router.delete("/templates/{template_id}", status_code=204)
@request_class(SHORT)
def remove_template(who: CurrentPrincipal, template_id: str, inside: ServicesDep) -> None:
    inside.library.templates.remove(who.user_id, template_id)


@router.get("/settings")
@request_class(SHORT)
def read_settings(who: CurrentPrincipal, inside: ServicesDep) -> dict[str, object]:
    """What the studio keeps for its user: theme, goals, language."""
    return inside.library.settings.of_owner(who.user_id)


@router.put("/settings")
@request_class(SHORT)
def write_settings(
    who: CurrentPrincipal, asked: SettingsIn, inside: ServicesDep
) -> dict[str, object]:
    inside.library.settings.update(who.user_id, asked.values)
    return inside.library.settings.of_owner(who.user_id)


@router.get("/about")
@request_class(SHORT)
def read_about(_: CurrentPrincipal, inside: ServicesDep) -> AboutOut:
    """Which xiezuo this is, and where it keeps what."""
    settings = inside.studio.settings
    return AboutOut(
        version=__version__,
        needs_login=inside.login_required,
        data_dir=str(settings.data_dir),
        database="PostgreSQL" if settings.database else "SQLite",
        languages=["en", "zh"],
        prompts_dir=str(settings.prompts_dir),
    )


@router.get("/backup", response_class=FileResponse)
@request_class(MAINTENANCE)
async def download_backup(_: Admin, inside: ServicesDep) -> FileResponse:
    """Everything in one file, made while others write; `xiezuo restore` reads it."""
    folder = tempfile.TemporaryDirectory(prefix="xiezuo-backup-")
    path = Path(folder.name) / "xiezuo.backup"
    try:
        await asyncio.to_thread(back_up, inside.database, path)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        path, filename="xiezuo.backup", media_type="application/zip",
        background=BackgroundTask(folder.cleanup),
    )  # fmt: skip

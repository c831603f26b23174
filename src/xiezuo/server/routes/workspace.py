"""Logins, keys, templates, settings and backups."""

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
public = APIRouter(prefix="/api", tags=["system"])  # without login


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
    body: LoginIn, request: Request, response: Response, services: ServicesDep
) -> Login:
    """Start a session: a cookie that scripts cannot read, and a CSRF token for changes."""
    client = f"{body.name} {request.client.host if request.client else ''}"
    async with services.throttle.turn(client):
        user_id = await run_in_threadpool(services.accounts.verify, body.name, body.password)
        if user_id is None:
            await run_in_threadpool(services.throttle.failures.failed, client)
            raise HttpError(refusals.WRONG_LOGIN)
        await run_in_threadpool(services.throttle.failures.succeeded, client)
    services.accounts.end_session(session_of(request.headers))
    token, csrf = await run_in_threadpool(services.accounts.start_session, user_id)
    session = await run_in_threadpool(services.accounts.by_session, token)
    response.set_cookie(
        COOKIE, token, SESSION_SECONDS, httponly=True, samesite="strict", secure=services.secure
    )
    return Login(user_id=user_id, scopes=sorted(session.scopes) if session else [], csrf=csrf)


@router.post("/logout", status_code=204)
@request_class(SHORT)
def log_out(
    _: CurrentPrincipal, request: Request, response: Response, services: ServicesDep
) -> None:
    services.accounts.end_session(session_of(request.headers))
    response.delete_cookie(COOKIE)


@router.get("/me")
@request_class(SHORT)
def read_me(principal: CurrentPrincipal) -> Me:
    return Me(user_id=principal.user_id, scopes=sorted(principal.scopes), csrf=principal.csrf)


@router.put("/password", status_code=204)
@request_class(SHORT)
async def change_password(
    principal: KeyManager, body: PasswordIn, request: Request, services: ServicesDep
) -> None:
    """Change the password; all other sessions of the user end."""
    if not services.login_required:
        raise HttpError(refusals.NO_USERS)
    throttled = f"{principal.user_id} password"
    async with services.throttle.turn(throttled):
        changed = await run_in_threadpool(
            services.accounts.change_password,
            principal.user_id,
            body.old,
            body.new,
            keep=session_of(request.headers),
        )
        if not changed:
            await run_in_threadpool(services.throttle.failures.failed, throttled)
            raise HttpError(refusals.WRONG_OLD_PASSWORD)
        await run_in_threadpool(services.throttle.failures.succeeded, throttled)


@router.get("/keys")
@request_class(SHORT)
def list_keys(principal: KeyManager, services: ServicesDep) -> list[KeyOut]:
    keys = services.accounts.keys(principal.user_id)
    return [KeyOut.model_validate(key, from_attributes=True) for key in keys]


@router.post("/keys", status_code=201)
@request_class(SHORT)
def make_key(principal: KeyManager, body: KeyIn, services: ServicesDep) -> NewKey:
    """Create a key for a program; it is shown only once."""
    if not services.login_required:
        raise HttpError(refusals.NO_USERS)
    if not principal.scopes.issuperset(body.scopes):
        raise scope_missing()
    key, token = services.accounts.add_key(principal.user_id, body.name, tuple(body.scopes))
    return NewKey(
        id=key.id, name=key.name, scopes=list(key.scopes), created=key.created, token=token
    )


@router.delete("/keys/{key_id}", status_code=204)
@request_class(SHORT)
def remove_key(principal: KeyManager, key_id: str, services: ServicesDep) -> None:
    if not services.accounts.remove_key(principal.user_id, key_id):
        raise HttpError(refusals.UNKNOWN_KEY)


@router.get("/templates")
@request_class(SHORT)
def list_templates(principal: CurrentPrincipal, services: ServicesDep) -> list[TemplateOut]:
    """The user's templates, then the built-in ones: ten kinds, each in English and Chinese."""
    own = [
        template_out(template)
        for template in services.library.templates.of_owner(principal.user_id)
    ]
    return own + [gallery_out(template) for template in gallery()]


@router.post("/templates", status_code=201)
@request_class(SHORT)
def make_template(
    principal: CurrentPrincipal, body: TemplateIn, services: ServicesDep
) -> TemplateOut:
    return template_out(services.library.templates.add(principal.user_id, body.name, body.brief))


@router.delete("/templates/{template_id}", status_code=204)
@request_class(SHORT)
def remove_template(principal: CurrentPrincipal, template_id: str, services: ServicesDep) -> None:
    services.library.templates.remove(principal.user_id, template_id)


@router.get("/settings")
@request_class(SHORT)
def read_settings(principal: CurrentPrincipal, services: ServicesDep) -> dict[str, object]:
    """The user's settings of the studio: theme, goals, language."""
    return services.library.settings.of_owner(principal.user_id)


@router.put("/settings")
@request_class(SHORT)
def write_settings(
    principal: CurrentPrincipal, body: SettingsIn, services: ServicesDep
) -> dict[str, object]:
    services.library.settings.update(principal.user_id, body.values)
    return services.library.settings.of_owner(principal.user_id)


@router.get("/about")
@request_class(SHORT)
def read_about(_: CurrentPrincipal, services: ServicesDep) -> AboutOut:
    """The version, and where data is stored."""
    settings = services.studio.settings
    return AboutOut(
        version=__version__,
        needs_login=services.login_required,
        data_dir=str(settings.data_dir),
        database="PostgreSQL" if settings.database else "SQLite",
        languages=["en", "zh"],
        prompts_dir=str(settings.prompts_dir),
    )


@router.get("/backup", response_class=FileResponse)
@request_class(MAINTENANCE)
async def download_backup(_: Admin, services: ServicesDep) -> FileResponse:
    """A backup of everything in one file, made while jobs run; `xiezuo restore` reads it."""
    folder = tempfile.TemporaryDirectory(prefix="xiezuo-backup-")
    path = Path(folder.name) / "xiezuo.backup"
    try:
        await asyncio.to_thread(back_up, services.database, path)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        path,
        filename="xiezuo.backup",
        media_type="application/zip",
        background=BackgroundTask(folder.cleanup),
    )

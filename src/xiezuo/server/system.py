"""The service itself: who is logged in, keys, templates, settings, models, engine, backups."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from xiezuo.language import Text
from xiezuo.server.doors import COOKIE
from xiezuo.server.problems import HttpError
from xiezuo.server.services import Admin, In, Who
from xiezuo.server.shapes import (
    KeyIn,
    KeyOut,
    LoginIn,
    Me,
    NewKey,
    SettingsIn,
    TemplateIn,
    TemplateOut,
)
from xiezuo.store.accounts import SESSION_SECONDS
from xiezuo.store.backup import back_up
from xiezuo.studio import model_store
from xiezuo.version import __version__

router = APIRouter(prefix="/api", tags=["system"])
entrance = APIRouter(prefix="/api", tags=["system"])  # for those who are not logged in yet


class EngineOut(BaseModel):
    """The engine as it was seen when the server started; `pid` is none for one elsewhere."""

    kind: str
    model: str
    context: int | None
    slots: int
    pid: int | None
    version: str = __version__


class ModelOut(BaseModel):
    id: str
    title: str
    bytes: int | None
    installed: bool
    languages: list[str]


class Login(Me):
    seconds: Annotated[int, Field(description="How long the session lasts.")] = SESSION_SECONDS


@entrance.post("/login")
async def log_in(asked: LoginIn, request: Request, response: Response, inside: In) -> Login:
    """Start a session: a cookie that scripts cannot read, and a CSRF token for changes."""
    who = f"{asked.name} {request.client.host if request.client else ''}"
    if wait := inside.throttle.wait(who):
        raise HttpError(
            429, "TooManyAttempts", Text("Too many wrong passwords.", "密码错误次数过多。"),
            headers={"Retry-After": str(int(wait) + 1)},
        )  # fmt: skip
    user_id = await run_in_threadpool(inside.accounts.verify, asked.name, asked.password)
    if user_id is None:
        inside.throttle.failed(who)
        raise HttpError(
            401, "WrongPassword", Text("Name or password is wrong.", "名称或密码不正确。")
        )
    inside.throttle.succeeded(who)
    token, csrf = await run_in_threadpool(inside.accounts.start_session, user_id)
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, token, SESSION_SECONDS, httponly=True, samesite="strict", secure=secure
    )
    return Login(user_id=user_id, scopes=["read", "write", "admin"], csrf=csrf)


@router.post("/logout", status_code=204)
def log_out(_: Who, request: Request, response: Response, inside: In) -> None:
    inside.accounts.end_session(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE)


@router.get("/me")
def read_me(who: Who) -> Me:
    return Me(user_id=who.user_id, scopes=sorted(who.scopes), csrf=who.csrf)


@router.get("/keys")
def list_keys(who: Admin, inside: In) -> list[KeyOut]:
    found = inside.accounts.keys(who.user_id)
    return [KeyOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/keys", status_code=201)
def make_key(who: Admin, asked: KeyIn, inside: In) -> NewKey:
    """A key for a program; it is shown this once."""
    if not inside.needs_login:
        raise HttpError(
            409, "NoUsers", Text("Keys belong to users, and there are none.", "尚无用户。"),
            Text("Make one: `xiezuo users add NAME`.", "请先创建：`xiezuo users add 名称`。"),
        )  # fmt: skip
    key, token = inside.accounts.add_key(who.user_id, asked.name, tuple(asked.scopes))
    return NewKey(
        id=key.id, name=key.name, scopes=list(key.scopes), created=key.created, token=token
    )


@router.delete("/keys/{key_id}", status_code=204)
def remove_key(who: Admin, key_id: str, inside: In) -> None:
    if not inside.accounts.remove_key(who.user_id, key_id):
        raise HttpError(404, "UnknownKey", Text("There is no such key.", "没有这个密钥。"))


@router.get("/templates")
def list_templates(who: Who, inside: In) -> list[TemplateOut]:
    found = inside.library.templates(who.user_id)
    return [TemplateOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/templates", status_code=201)
def make_template(who: Who, asked: TemplateIn, inside: In) -> TemplateOut:
    made = inside.library.add_template(who.user_id, asked.name, asked.brief)
    return TemplateOut.model_validate(made, from_attributes=True)


@router.delete("/templates/{template_id}", status_code=204)
def remove_template(who: Who, template_id: str, inside: In) -> None:
    inside.library.remove_template(who.user_id, template_id)


@router.get("/settings")
def read_settings(who: Who, inside: In) -> dict[str, object]:
    """What the studio keeps for its user: theme, goals, language."""
    return inside.library.settings(who.user_id)


@router.put("/settings")
def write_settings(who: Who, asked: SettingsIn, inside: In) -> dict[str, object]:
    inside.library.set_settings(who.user_id, asked.values)
    return inside.library.settings(who.user_id)


@router.get("/models")
def list_models(_: Who, inside: In) -> list[ModelOut]:
    """The catalogue, and what of it is on this machine."""
    store = model_store(inside.studio.settings)
    return [
        ModelOut(
            id=one.id, title=one.title, bytes=one.size, installed=store.is_installed(one),
            languages=list(one.languages),
        )
        for one in store.models()
    ]  # fmt: skip


@router.get("/engine")
def read_engine(_: Who, inside: In) -> EngineOut:
    offer, process = inside.studio.client.offer, inside.studio.process
    return EngineOut(
        kind=offer.kind, model=offer.model, context=offer.context, slots=offer.slots,
        pid=process.pid if process else None,
    )  # fmt: skip


@router.get("/backup", response_class=FileResponse)
async def download_backup(_: Admin, inside: In) -> FileResponse:
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

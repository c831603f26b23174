"""`xiezuo serve`: run the HTTP server with its studio, job queue and stores."""

import ipaddress
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli._options import BaseUrl, ModelName
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fastapi import FastAPI

    from xiezuo.errors import XiezuoError
    from xiezuo.settings import Settings

HELP = str(
    Text(
        "Run the studio, its API and an OpenAI-compatible API.\n\n"
        "By default only this machine has access; to open it to others, first create a user: "
        "xiezuo users add NAME.",
        "启动写作室、API 与 OpenAI 兼容服务。\n\n"
        "默认仅限本机访问；对外提供服务前，请先创建用户：xiezuo users add 用户名。",
    )
)
GRACE_SECONDS = 5  # that open requests get when the server stops
MOST_CONNECTIONS = 1000
Host = Annotated[str | None, typer.Option(help=str(Text("Address to listen on.", "监听地址。")))]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help=str(Text("Port to listen on.", "监听端口。")))
]
Parallel = Annotated[
    int,
    typer.Option(
        min=1, max=16, help=str(Text("Number of documents to write at a time.", "同时写作的篇数。"))
    ),
]

Open = Annotated[
    bool, typer.Option("--open", help=str(Text("Open it in the browser.", "在浏览器中打开。")))
]


def serve(
    host: Host = None,
    port: Port = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    parallel: Parallel = 1,
    show: Open = False,
) -> None:
    import asyncio

    from xiezuo.cli._options import engine_flags
    from xiezuo.cli._settings import configured

    bind = {"host": host, "port": port}
    server = {name: value for name, value in bind.items() if value is not None}
    flags = engine_flags(model, base_url)
    settings = configured(**flags, **({"server": server} if server else {}))
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(_serve(settings, parallel, fallback=model is None, show=show))


def _fast_loop() -> "Callable[[], AbstractEventLoop] | None":
    """Uvloop where it is available: with it and httptools, a request costs a third less."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _serve(settings: "Settings", parallel: int, *, fallback: bool, show: bool) -> None:
    import gc

    # Imported modules stay; scanning them for garbage took a sixth of the start-up time.
    gc.disable()
    import uvicorn

    from xiezuo.server.app import create_app
    from xiezuo.server.middleware.request_log import log_as_json

    gc.freeze()
    gc.enable()
    log_as_json()
    _check_bind(settings)
    listening = _bind(settings.server.host, settings.server.port)
    try:
        with _locked_data_folder(settings):
            failures: list[XiezuoError] = []
            lifespan = _lifespan(settings, parallel, failures, fallback=fallback)
            app = create_app(lifespan, _hosts(settings))
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=GRACE_SECONDS,
                proxy_headers=False,
            )
            address, port = listening.getsockname()[:2]
            url = f"http://{address}:{port}"
            typer.echo(Text(f"The studio: {url}", f"写作室：{url}"), err=True)
            if show and _has_screen():
                webbrowser.open(url)
            try:
                await uvicorn.Server(config).serve([listening])
            except SystemExit as error:
                if failures:
                    raise failures[0] from error
                raise
    finally:
        listening.close()


@contextmanager
def _locked_data_folder(settings: "Settings") -> Generator[None]:
    """Hold a lock on the data folder; servers that share a PostgreSQL database need none.

    Raises:
        ServerSettingsError: another server holds the lock.
        StoreError: the folder is not writable.
    """
    from filelock import FileLock, Timeout

    from xiezuo.errors import ServerSettingsError, StoreError

    lock = FileLock(settings.data_dir / "server.lock")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if settings.database is None:
            lock.acquire(blocking=False)
    except Timeout as error:
        raise ServerSettingsError(
            problem=Text(
                f"another server uses {settings.data_dir}",
                f"另一个服务正在使用 {settings.data_dir}",
            ),
            hint=Text(
                "Stop it, give this server another data_dir, or let both use PostgreSQL.",
                "请先停止该服务，或为本服务指定其他 data_dir，或让两者共用 PostgreSQL 数据库。",
            ),
        ) from error
    except OSError as error:
        raise StoreError(place=settings.data_dir, problem=error.strerror) from error
    try:
        yield
    finally:
        lock.release()


def _lifespan(  # noqa: ANN202 - a lifespan
    settings: "Settings", parallel: int, failures: "list[XiezuoError]", *, fallback: bool
):
    """Open and close all services; an error while opening them is added to `failures`."""
    import asyncio
    import logging

    from xiezuo.cli._display import QuietDisplay
    from xiezuo.cli._queue import open_queue
    from xiezuo.cli._studio import listeners_of
    from xiezuo.errors import XiezuoError
    from xiezuo.server.dependencies import LoginThrottle, Services
    from xiezuo.server.document_feed import DocumentFeeds
    from xiezuo.store.accounts import Accounts
    from xiezuo.store.library import Library
    from xiezuo.store.login_failures import LoginFailures
    from xiezuo.studio import Studio

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncGenerator[None]:
        try:
            async with services(app):
                yield
        except XiezuoError as error:
            failures.append(error)
            logging.getLogger("uvicorn.error").disabled = True  # it would log a traceback
            raise

    @asynccontextmanager
    async def services(app: "FastAPI") -> AsyncGenerator[None]:
        listeners = listeners_of(QuietDisplay())
        async with (
            Studio(
                settings, listeners, fallback=fallback, background=True, documents=parallel
            ) as studio,
            open_queue(studio, settings, parallel) as queue,
        ):
            accounts = Accounts(queue.database)
            library = Library(queue.database)
            await asyncio.to_thread(library.trash.purge)
            app.state.services = Services(
                studio=studio,
                queue=queue,
                database=queue.database,
                library=library,
                accounts=accounts,
                throttle=LoginThrottle(LoginFailures(queue.database)),
                document_feeds=DocumentFeeds(queue.documents),
                login_required=accounts.any(),
                secure=settings.server.https,
            )
            try:
                yield
            finally:
                await app.state.services.downloads.close()
                await app.state.services.workers.close()

    return lifespan


def _has_screen() -> bool:
    """Whether a browser can open a window; otherwise a terminal browser might be started."""
    return sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


def _check_bind(settings: "Settings") -> None:
    """Refuse to listen on an address that others can reach, unless a login is required.

    Raises:
        ServerSettingsError: there is no user yet.
    """
    from xiezuo.errors import ServerSettingsError
    from xiezuo.store.accounts import Accounts
    from xiezuo.store.database import Database

    if _is_loopback(settings.server.host):
        return
    database = Database(settings.database_url)
    try:
        if not Accounts(database).any():
            raise ServerSettingsError(
                problem=Text(
                    f"others can reach {settings.server.host}, and no login is required yet",
                    f"其他机器可以访问 {settings.server.host}，但目前无需登录",
                ),
                hint=Text(
                    "Create a user first: `xiezuo users add NAME`.",
                    "请先创建用户：`xiezuo users add 用户名`。",
                ),
            )
    finally:
        database.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hosts(settings: "Settings") -> list[str]:
    host = settings.server.host
    try:
        if ipaddress.ip_address(
            host
        ).is_unspecified:  # not a valid host name, yet other sites can address us by it
            return settings.server.hosts
    except ValueError:
        pass
    shown = f"[{host}]" if ":" in host else host
    return [shown, *settings.server.hosts]


def _bind(host: str, port: int) -> socket.socket:
    from xiezuo.errors import ServerSettingsError

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise ServerSettingsError(
            problem=Text(
                f"{host}:{port} cannot be used ({error.strerror})",
                f"无法使用 {host}:{port}（{error.strerror}）",
            ),
            hint=Text("Choose another port with --port.", "请用 --port 指定其他端口。"),
        ) from error
    # Asyncio sets this only if the protocol was named; without it, each response waits 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening

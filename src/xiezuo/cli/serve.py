"""`xiezuo serve`: the HTTP service, with everything it works with."""

import ipaddress
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli.write import BaseUrl, ModelName
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fastapi import FastAPI

    from xiezuo.errors import XiezuoError
    from xiezuo.settings import Settings

HELP = str(
    Text(
        "Run the studio, its API and OpenAI's protocol.\n\n"
        "At this machine only; for others make a user first: xiezuo users add NAME.",
        "启动写作室、API 与 OpenAI 兼容服务。\n\n"
        "仅限本机访问；对外提供服务前请先创建用户：xiezuo users add 名称。",
    )
)
GRACE_SECONDS = 5  # for open requests when the server is asked to end
MOST_CONNECTIONS = 1000
Host = Annotated[str | None, typer.Option(help=str(Text("Address to listen at.", "监听地址。")))]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help=str(Text("Port to listen at.", "监听端口。")))
]
Parallel = Annotated[
    int, typer.Option(min=1, max=16, help=str(Text("Documents at a time.", "同时写作的篇数。")))
]

Open = Annotated[
    bool, typer.Option("--open", help=str(Text("Show it in the browser.", "在浏览器中打开。")))
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

    from xiezuo.cli._settings import configured
    from xiezuo.cli.write import engine_flags

    asked = {"host": host, "port": port}
    server = {name: value for name, value in asked.items() if value is not None}
    flags = engine_flags(model, base_url)
    settings = configured(**flags, **({"server": server} if server else {}))
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(_serve(settings, parallel, fallback=model is None, show=show))


def _fast_loop() -> "Callable[[], AbstractEventLoop] | None":
    """Uvloop where there is one: a request costs a third less with it and httptools."""
    import sys

    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _serve(settings: "Settings", parallel: int, *, fallback: bool, show: bool) -> None:
    import gc

    # What is imported stays; looking through it for garbage took a sixth of the time to start.
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
        with _alone(settings):
            why: list[XiezuoError] = []
            lifespan = _lifespan(settings, parallel, why, fallback=fallback)
            app = create_app(lifespan, _hosts(settings))
            config = uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False,
                limit_concurrency=MOST_CONNECTIONS, timeout_graceful_shutdown=GRACE_SECONDS,
                proxy_headers=False,
            )  # fmt: skip
            address, number = listening.getsockname()[:2]
            where = f"http://{address}:{number}"
            typer.echo(Text(f"The studio: {where}", f"写作室：{where}"), err=True)
            if show and _has_screen():
                webbrowser.open(where)
            try:
                await uvicorn.Server(config).serve([listening])
            except SystemExit as error:
                if why:
                    raise why[0] from error
                raise
    finally:
        listening.close()


@contextmanager
def _alone(settings: "Settings") -> Generator[None]:
    """Nobody else uses the data folder meanwhile, unless a PostgreSQL database is shared.

    Raises:
        ServerSettingsError: another server does.
        StoreError: nothing can be written there.
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
                f"another one uses {settings.data_dir}", f"另一个服务正在使用 {settings.data_dir}"
            ),
            hint=Text(
                "End it, or give this one another data_dir, or a PostgreSQL database for both.",
                "请先停止它，或为本服务指定其他 data_dir，或让两者共用一个 PostgreSQL 数据库。",
            ),
        ) from error
    except OSError as error:
        raise StoreError(place=settings.data_dir, problem=error.strerror) from error
    try:
        yield
    finally:
        lock.release()


def _lifespan(  # noqa: ANN202 - a lifespan
    settings: "Settings", parallel: int, why: "list[XiezuoError]", *, fallback: bool
):
    """Opens and closes everything; `why` gets the reason when it cannot be opened."""
    import asyncio
    import logging

    from xiezuo.cli.display import QuietDisplay
    from xiezuo.errors import XiezuoError
    from xiezuo.jobs.liveness import LivenessIntervals
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.server.dependencies import LoginThrottle, Services
    from xiezuo.server.document_feed import DocumentFeeds
    from xiezuo.store.accounts import Accounts
    from xiezuo.store.library import Library
    from xiezuo.store.login_failures import LoginFailures
    from xiezuo.studio import Listeners, Studio

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncGenerator[None]:
        try:
            async with everything(app):
                yield
        except XiezuoError as error:
            why.append(error)
            logging.getLogger("uvicorn.error").disabled = True  # it would log a traceback
            raise

    @asynccontextmanager
    async def everything(app: "FastAPI") -> AsyncGenerator[None]:
        display = QuietDisplay()
        listeners = Listeners(display.pull, display.load, display.notice)
        urls = settings.database_url, settings.jobs_url
        intervals = LivenessIntervals(settings.jobs.heartbeat_seconds)
        async with (
            Studio(
                settings, listeners, fallback=fallback, background=True, documents=parallel
            ) as studio,
            JobQueue(
                studio, *urls, parallel=parallel, home=settings.data_dir, intervals=intervals
            ) as queue,
        ):
            accounts = Accounts(queue.database)
            library = Library(queue.database)
            await asyncio.to_thread(library.trash.purge)
            app.state.services = Services(
                studio=studio, queue=queue, database=queue.database, library=library,
                accounts=accounts, throttle=LoginThrottle(LoginFailures(queue.database)),
                document_feeds=DocumentFeeds(queue.documents), login_required=accounts.any(),
                secure=settings.server.https,
            )  # fmt: skip
            try:
                yield
            finally:
                await app.state.services.downloads.close()
                await app.state.services.workers.close()

    return lifespan


def _has_screen() -> bool:
    """Whether a browser would get a window; without one, one of the terminal might be started."""
    return sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


def _check_bind(settings: "Settings") -> None:
    """Refuse to listen where others can reach us, unless they must log in."""
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
                    f"others could reach {settings.server.host}, and nobody has to log in",
                    f"{settings.server.host} 可被其他机器访问，而目前无需登录",
                ),
                hint=Text(
                    "Make a user first: `xiezuo users add NAME`.",
                    "请先创建用户：`xiezuo users add 名称`。",
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
        if ipaddress.ip_address(host).is_unspecified:  # no name: pages of others use it as one
            return settings.server.hosts
    except ValueError:
        pass
    shown = f"[{host}]" if ":" in host else host
    return [shown, *settings.server.hosts]


def _bind(host: str, port: int) -> socket.socket:
    from xiezuo.errors import ServerSettingsError

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise ServerSettingsError(
            problem=Text(
                f"{host}:{port} cannot be used ({error.strerror})",
                f"无法使用 {host}:{port}（{error.strerror}）",
            ),
            hint=Text("Choose another with --port.", "请用 --port 另选端口。"),
        ) from error
    # Asyncio does this only where the protocol was named; without it each answer waits 40 ms.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made

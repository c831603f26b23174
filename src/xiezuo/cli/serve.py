"""`xiezuo serve`: the HTTP service, with everything it works with."""

import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.cli.write import BaseUrl, ModelName
from xiezuo.language import Text

if TYPE_CHECKING:
    from fastapi import FastAPI

    from xiezuo.settings import Settings

HELP = str(
    Text(
        "Serve the API and OpenAI's protocol.\n\n"
        "At this machine only; for others make a user first: xiezuo users add NAME.",
        "启动 API 与 OpenAI 兼容服务。\n\n"
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


def serve(
    host: Host = None,
    port: Port = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    parallel: Parallel = 1,
) -> None:
    import asyncio

    from xiezuo.cli.configuration import configured
    from xiezuo.cli.write import engine_flags

    asked = {"host": host, "port": port}
    server = {name: value for name, value in asked.items() if value is not None}
    flags = engine_flags(model, base_url, "careful")
    settings = configured(**flags, **({"server": server} if server else {}))
    asyncio.run(_serve(settings, parallel, fallback=model is None))


async def _serve(settings: "Settings", parallel: int, *, fallback: bool) -> None:
    import uvicorn
    from filelock import FileLock, Timeout

    from xiezuo.errors import ServerSettingsError
    from xiezuo.server.app import create_app

    _check_bind(settings)
    listening = _bind(settings.server.host, settings.server.port)
    lock = FileLock(settings.data_dir / "server.lock")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        if settings.database is None:
            lock.acquire(blocking=False)
        app = create_app(_lifespan(settings, parallel, fallback=fallback), _hosts(settings))
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS, proxy_headers=False,
        )  # fmt: skip
        address, number = listening.getsockname()[:2]
        typer.echo(f"http://{address}:{number}", err=True)
        await uvicorn.Server(config).serve([listening])
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
    finally:
        listening.close()
        lock.release()


def _lifespan(settings: "Settings", parallel: int, *, fallback: bool):  # noqa: ANN202 - a lifespan
    import asyncio

    from xiezuo.cli.display import QuietDisplay
    from xiezuo.jobs.queue import JobQueue
    from xiezuo.server.feeds import Feeds
    from xiezuo.server.services import Services
    from xiezuo.store.accounts import Accounts
    from xiezuo.store.library import Library
    from xiezuo.studio import Listeners, Studio

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncGenerator[None]:
        display = QuietDisplay()
        listeners = Listeners(display.pull, display.load, display.notice)
        urls = settings.database_url, settings.jobs_url
        async with (
            Studio(settings, listeners, fallback=fallback) as studio,
            JobQueue(studio, *urls, parallel=parallel) as queue,
        ):
            accounts = Accounts(queue.database)
            library = Library(queue.database)
            await asyncio.to_thread(library.purge)
            app.state.services = Services(
                studio=studio, queue=queue, database=queue.database, library=library,
                accounts=accounts, feeds=Feeds(queue.documents), needs_login=accounts.any(),
            )  # fmt: skip
            yield

    return lifespan


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
    shown = f"[{host}]" if ":" in host else host
    return [shown, *settings.server.hosts]


def _bind(host: str, port: int) -> socket.socket:
    from xiezuo.errors import ServerSettingsError

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise ServerSettingsError(
            problem=Text(
                f"{host}:{port} cannot be used ({error.strerror})",
                f"无法使用 {host}:{port}（{error.strerror}）",
            ),
            hint=Text("Choose another with --port.", "请用 --port 另选端口。"),
        ) from error

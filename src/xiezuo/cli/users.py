"""`xiezuo users`: manage the users who may log in to the server."""

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from xiezuo.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Generator

    from xiezuo.store.accounts import Accounts

HELP = str(Text("Manage the users who may log in to the server.", "管理可登录服务的用户。"))
PASSWORD_VARIABLE = "XIEZUO_PASSWORD"  # noqa: S105 - a name
app = typer.Typer(no_args_is_help=True, help=HELP)
Administrator = Annotated[
    bool,
    typer.Option(
        "--admin",
        help=str(
            Text(
                "May manage models and backups; the first user always may.",
                "可管理模型和备份；第一个用户自动拥有此权限。",
            )
        ),
    ),
]
Name = Annotated[str, typer.Argument(help=str(Text("Name of the user.", "用户名。")))]


@app.command("list", help=str(Text("List all users.", "列出全部用户。")))
def list_users() -> None:
    with _accounts() as accounts:
        for name in accounts.names():
            typer.echo(name)


@app.command(
    help=str(
        Text(
            f"Create a user; the password is read from {PASSWORD_VARIABLE} or from a prompt.",
            f"创建用户；密码取自 {PASSWORD_VARIABLE}，未设置时提示输入。",
        )
    )
)
def add(name: Name, admin: Administrator = False) -> None:
    with _accounts() as accounts:
        accounts.add(name, _password(), admin=admin)


@app.command(
    help=str(
        Text(
            "Change a user's password and end the user's sessions; API keys stay valid.",
            "更改用户密码；该用户的所有登录会话失效，API 密钥不受影响。",
        )
    )
)
def password(name: Name) -> None:
    with _accounts() as accounts:
        accounts.set_password(name, _password())


@app.command(
    help=str(Text("Remove a user with all sessions and keys.", "删除用户及其会话和密钥。"))
)
def remove(name: Name) -> None:
    with _accounts() as accounts:
        accounts.remove(name)


def _password() -> str:
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is not None:
        return password
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    prompt = str(Text("Password", "密码"))
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))


@contextmanager
def _accounts() -> "Generator[Accounts]":
    from xiezuo.cli._settings import configured
    from xiezuo.store.accounts import Accounts
    from xiezuo.store.database import Database

    database = Database(configured().database_url)
    try:
        yield Accounts(database)
    finally:
        database.close()

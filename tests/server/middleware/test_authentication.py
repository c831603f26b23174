"""Authentication by itself: keys, sessions, CSRF tokens, and users that are added later."""

from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.asgi import Answer, application, http_scope, respond
from tests.support.server import PASSWORD
from xiezuo.server.middleware import authentication
from xiezuo.server.middleware.authentication import AuthenticationMiddleware
from xiezuo.server.middleware.security import COOKIE
from xiezuo.store.accounts import Accounts
from xiezuo.store.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
def accounts(tmp_path: Path) -> Generator[Accounts]:
    """An empty database of accounts."""
    database = Database(f"sqlite:///{tmp_path / 'xiezuo.sqlite'}")
    yield Accounts(database)
    database.close()


@pytest.fixture
def services(accounts: Accounts) -> SimpleNamespace:
    """What a server with the user ann holds."""
    accounts.add("ann", PASSWORD)
    return SimpleNamespace(accounts=accounts, login_required=True)


async def ask(
    services: SimpleNamespace, method: str = "GET", path: str = "/api/me", **headers: str
) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    middleware = AuthenticationMiddleware(application())
    return await respond(middleware, http_scope(method, path, fields, services))


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer xz_wrong", "Basic eDp5"])
async def test_without_a_valid_key_nothing_is_answered(
    services: SimpleNamespace, authorization: str
):
    answer = await ask(services, authorization=authorization)
    assert (answer.status, answer.code) == (401, "LoginNeeded")
    assert answer.headers["www-authenticate"] == "Bearer"
    public = await ask(services, path="/healthz", authorization=authorization)
    assert public.status == 200


async def test_a_key_reads_and_writes_what_its_scopes_allow(services: SimpleNamespace):
    ann = services.accounts.id_of("ann")
    for scopes, statuses in ((("read",), (200, 403)), (("read", "write"), (200, 200))):
        token = services.accounts.add_key(ann, "key", scopes)[1]
        answers = [
            await ask(services, method, authorization=f"Bearer {token}")
            for method in ("GET", "POST")
        ]
        assert tuple(answer.status for answer in answers) == statuses
        assert all(answer.status == 200 or answer.code == "ScopeMissing" for answer in answers)


async def test_a_session_writes_only_with_its_csrf_token(services: SimpleNamespace):
    session, csrf = services.accounts.start_session(services.accounts.id_of("ann"))
    cookie = f"{COOKIE}={session}"
    assert (await ask(services, cookie=cookie)).status == 200
    for token, status in (("", 403), ("wrong", 403), (csrf, 200)):
        answer = await ask(services, "POST", cookie=cookie, x_csrf_token=token)
        assert answer.status == status, token


async def test_the_first_user_closes_a_server_that_is_already_running(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
):
    services = SimpleNamespace(accounts=accounts, login_required=False)
    monkeypatch.setattr(authentication, "LOOKUP_SECONDS", -1.0)
    assert (await ask(services)).status == 200
    accounts.add("ann", PASSWORD)
    assert (await ask(services)).status == 401

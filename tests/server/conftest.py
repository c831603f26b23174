"""Servers that the tests of this folder share: each is started once."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.server import PASSWORD, Server, created, data_folder, finished
from tests.support.studio_engine import studio_engine
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.store.accounts import Accounts
from xiezuo.store.database import Database

Guarded = tuple[Server, dict[str, str]]


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="package")
def engine() -> Generator[ScriptedEngine]:
    """A scripted engine: it writes at once, or not at all where a task says so."""
    with studio_engine() as running:
        yield running


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, engine: ScriptedEngine) -> Generator[Server]:
    """A server whose engine is scripted; it asks nobody to log in."""
    data = tmp_path_factory.mktemp("server") / "data"
    with _running(Server(data, engine=engine.address.base_url)) as running:
        yield running


@pytest.fixture(scope="package")
def model_server(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Server]:
    """A server with the real engine and the demo model."""
    data = data_folder(tmp_path_factory.mktemp("model-server") / "data", demo_model)
    with _running(Server(data)) as running:
        yield running


@pytest.fixture(scope="package")
def written(model_server: Server) -> str:
    """The id of a document that the demo model has written."""
    task = "Describe an old bridge over a small river. " * 9
    document = created(model_server.http, task=task, start=True)["id"]
    finished(model_server.http, document)
    return document


@pytest.fixture
def http(server: Server) -> httpx.Client:
    return server.http


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Generator[Guarded]:
    """A server with users, ann the administrator; keys of ann and bob with every scope.

    Its engine is the real one, which is reached by a secret of its own.
    """
    data = data_folder(tmp_path_factory.mktemp("guarded") / "data", demo_model)
    database = Database(f"sqlite:///{data / 'xiezuo.sqlite'}")
    accounts = Accounts(database)
    keys = {}
    for name in ("ann", "bob"):
        user = accounts.add(name, PASSWORD)
        keys[name] = accounts.add_key(user, "all", ("read", "write", "admin"))[1]
    keys["reader"] = accounts.add_key(accounts.id_of("ann"), "read", ("read",))[1]
    for name in ("eve", "mallory"):
        accounts.add(name, PASSWORD)
    database.close()
    with _running(Server(data)) as running:
        yield running, keys

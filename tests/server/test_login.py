"""Who may come in. Taken from the routes themselves, so that a new one is covered by itself."""

import re
import time
from collections.abc import Generator

import httpx
import pytest

from tests.server.conftest import BRIEF, PASSWORD, Server, created

pytestmark = pytest.mark.engine
METHODS = {"get", "post", "put", "delete", "patch"}
OPEN = {("get", "/healthz"), ("get", "/readyz"), ("post", "/api/login")}
Guarded = tuple[Server, dict[str, str]]


@pytest.fixture
def stranger(guarded: Guarded) -> Generator[httpx.Client]:
    with httpx.Client(base_url=guarded[0].url) as made:
        yield made


def keyed(guarded: Guarded, name: str) -> httpx.Client:
    server, keys = guarded
    return httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {keys[name]}"}, timeout=30
    )


@pytest.fixture
def ann(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "ann") as made:
        yield made


@pytest.fixture
def bob(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "bob") as made:
        yield made


@pytest.fixture
def reader(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "reader") as made:
        yield made


def routes(http: httpx.Client) -> list[tuple[str, str]]:
    paths = http.get("/api/openapi.json").json()["paths"]
    listed = [(method, path) for path, methods in paths.items() for method in methods]
    return [(method, path) for method, path in listed if method in METHODS]


def filled(path: str, **values: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "0"), path)


def test_no_route_answers_without_a_key(ann: httpx.Client, stranger: httpx.Client):
    found = [*routes(ann), ("get", "/api/openapi.json")]
    assert len(found) > 40
    for method, path in found:
        if (method, path) in OPEN:
            continue
        body = {"json": {}} if method in {"post", "put"} else {}
        for headers in ({}, {"Authorization": "Bearer xz_wrong"}, {"Authorization": "Basic eDp5"}):
            answer = stranger.request(method, filled(path), headers=headers, **body)
            assert answer.status_code == 401, (method, path)
            assert "code" in answer.text


def test_no_route_shows_what_belongs_to_another(ann: httpx.Client, bob: httpx.Client):
    document = created(ann)["id"]
    ann.put(f"/api/documents/{document}/sections/0", json={"text": "Secret plan.", "version": 0})
    kept = ann.post(f"/api/documents/{document}/snapshots", json={"name": "x"}).json()["id"]
    template = ann.post("/api/templates", json={"name": "x", "brief": BRIEF}).json()["id"]
    key = ann.get("/api/keys").json()[0]["id"]
    values = {
        "document_id": document, "job_id": document, "snapshot_id": kept, "position": "0",
        "template_id": template, "key_id": key, "revision_id": "1",
    }  # fmt: skip
    bodies = {
        "put": {"text": "Mine now.", "version": 1},
        "post": {"name": "x", "instruction": "x", "action": "rewrite", "start": 0, "end": 1,
                 "version": 1, "state": "taken"},
    }  # fmt: skip
    for method, path in routes(ann):
        if "{" not in path:
            continue
        body = {"json": bodies[method]} if method in bodies else {}
        answer = bob.request(method, filled(path, **values), **body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert "Secret" not in answer.text
    assert ann.get(f"/api/documents/{document}").json()["sections"][0]["text"] == "Secret plan."


def test_lists_and_search_show_ones_own_only(ann: httpx.Client, bob: httpx.Client):
    document = created(ann)["id"]
    ann.put(f"/api/documents/{document}/sections/0", json={"text": "Hidden oolong.", "version": 0})
    ann.put("/api/settings", json={"values": {"theme": "annas"}})
    for path in ("documents", "jobs", "search?q=oolong", "templates", "settings"):
        text = bob.get(f"/api/{path}").text
        assert document not in text
        assert "annas" not in text


def test_a_key_does_only_what_its_scopes_say(reader: httpx.Client):
    assert reader.get("/api/documents").status_code == 200
    answer = reader.post("/api/documents", json={"brief": BRIEF, "start": False})
    assert (answer.status_code, answer.json()["code"]) == (403, "ScopeMissing")
    assert reader.get("/api/backup").status_code == 403
    assert reader.get("/api/keys").status_code == 403


def test_a_key_is_shown_once_and_can_be_taken_back(guarded: Guarded, ann: httpx.Client):
    made = ann.post("/api/keys", json={"name": "mine", "scopes": ["read"]}).json()
    assert made["token"] not in ann.get("/api/keys").text
    mine = {"Authorization": f"Bearer {made['token']}"}
    assert httpx.get(f"{guarded[0].url}/api/me", headers=mine).status_code == 200
    assert ann.delete(f"/api/keys/{made['id']}").status_code == 204
    assert httpx.get(f"{guarded[0].url}/api/me", headers=mine).status_code == 401


def test_a_browser_logs_in_and_needs_its_csrf_token(stranger: httpx.Client, guarded: Guarded):
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = stranger.post("/api/login", json={"name": "ann", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    csrf = answer.json()["csrf"]
    assert stranger.get("/api/me", headers=own).json()["csrf"] == csrf
    body = {"name": "x", "brief": BRIEF}
    for token, status in ((None, 403), ("wrong", 403), (csrf, 201)):
        headers = {**own, **({"X-CSRF-Token": token} if token else {})}
        assert stranger.post("/api/templates", json=body, headers=headers).status_code == status
    out = stranger.post("/api/logout", headers={**own, "X-CSRF-Token": csrf})
    assert out.status_code == 204
    assert stranger.get("/api/me", headers=own).status_code == 401


def test_guessing_passwords_becomes_slow(stranger: httpx.Client):
    http = stranger
    statuses = [
        http.post("/api/login", json={"name": "bob", "password": f"guess {at}"}).status_code
        for at in range(8)
    ]
    assert statuses[0] == 401
    assert 429 in statuses
    answer = http.post("/api/login", json={"name": "bob", "password": PASSWORD})
    assert answer.status_code == 429
    time.sleep(int(answer.headers["retry-after"]) + 0.2)
    assert http.post("/api/login", json={"name": "bob", "password": PASSWORD}).status_code == 200


def test_no_secret_is_in_the_log(guarded: Guarded, ann: httpx.Client, stranger: httpx.Client):
    stranger.post("/api/login", json={"name": "ann", "password": "a wrong secret"})
    log = guarded[0].log.read_text()
    assert not any(secret in log for secret in ("a wrong secret", PASSWORD, *guarded[1].values()))

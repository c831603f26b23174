"""Who may come in. Taken from the routes themselves, so that a new one is covered by itself."""

import itertools
import socket
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.routes import Route, browser, every_route
from tests.support.server import BRIEF, PASSWORD, Server, created
from tests.support.waiting import until
from xiezuo.server.middleware.security import COOKIE

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("guarded")]
Guarded = tuple[Server, dict[str, str]]


@pytest.fixture
def stranger(guarded: Guarded) -> Generator[httpx.Client]:
    with httpx.Client(base_url=guarded[0].url) as http:
        yield http


def keyed(guarded: Guarded, name: str) -> httpx.Client:
    server, keys = guarded
    return httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {keys[name]}"}, timeout=60
    )


@pytest.fixture
def ann(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "ann") as http:
        yield http


@pytest.fixture
def bob(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "bob") as http:
        yield http


@pytest.fixture
def reader(guarded: Guarded) -> Generator[httpx.Client]:
    with keyed(guarded, "reader") as http:
        yield http


@pytest.fixture
def page(guarded: Guarded) -> Generator[httpx.Client]:
    """Bob's browser."""
    with browser(guarded[0].url, "bob", PASSWORD) as http:
        yield http


def test_only_pages_and_the_login_are_public():
    """A page may be added here when it is the same for everybody, and nothing else."""
    public = {(route.method, route.path) for route in every_route() if not route.shut}
    pages = {("GET", "/"), ("GET", "/{name}"), ("GET", "/assets/x")}
    assert public == {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/login"), *pages}


NO_KEY = (
    {}, {"Authorization": "Bearer xz_wrong"}, {"Authorization": "Basic eDp5"},
    {"Authorization": "Bearer"}, {"Cookie": f"{COOKIE}=x", "Sec-Fetch-Site": "same-origin"},
    {"X-CSRF-Token": "x"},
)  # fmt: skip


def test_no_route_answers_without_a_key(stranger: httpx.Client):
    protected = [route for route in every_route() if route.shut]
    assert len(protected) > 60
    unknown = ("/api", "/api/", "/api/nothing", "/v1/", "/metrics/x")
    routes = [
        *protected, *(Route("GET", path) for path in unknown),
        *(Route("HEAD", route.path) for route in protected),
    ]  # fmt: skip
    answered = []
    for headers, route in itertools.product(NO_KEY, routes):
        body = {"json": {}} if route.body else {}
        answer = stranger.request(route.method, route.filled(), headers=headers, **body)
        explained = route.method == "HEAD" or "code" in answer.text
        if answer.status_code != 401 or not explained:
            answered.append((headers, route, answer.status_code))
    assert not answered


def test_a_stranger_is_refused_before_his_body_is_read(guarded: Guarded):
    parts = urlsplit(guarded[0].url)
    for path in ("/v1/chat/completions", "/api/import", "/api/documents"):
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 9000000\r\n\r\n".encode()
            )
            assert b" 401 " in connection.recv(200)


@pytest.mark.parametrize("who", ["bob", "page"])
def test_no_route_shows_what_belongs_to_another(
    ann: httpx.Client, who: str, request: pytest.FixtureRequest
):
    """Reads, streams, exports and changes, with every id that is right."""
    other: httpx.Client = request.getfixturevalue(who)
    document = created(ann)["id"]
    ann.put(f"/api/documents/{document}/sections/0", json={"text": "Secret plan.", "version": 0})
    snapshot = ann.post(f"/api/documents/{document}/snapshots", json={"name": "x"}).json()["id"]
    template = ann.post("/api/templates", json={"name": "x", "brief": BRIEF}).json()["id"]
    key = ann.get("/api/keys").json()[0]["id"]
    values = {
        "document_id": document, "job_id": document, "snapshot_id": snapshot, "position": "0",
        "template_id": template, "key_id": key, "revision_id": "1", "kind": "md",
    }  # fmt: skip
    bodies = {
        "PUT": {"text": "Mine now.", "version": 1},
        "POST": {"name": "x", "instruction": "x", "action": "rewrite", "start": 0, "end": 1,
                 "version": 1, "state": "taken"},
    }  # fmt: skip
    routes = [route for route in every_route() if route.shut and route.parameters]
    assert len(routes) > 30
    for route in routes:
        body = {"json": bodies[route.method]} if route.method in bodies else {}
        answer = other.request(route.method, route.filled(**values), **body)
        for_all = "model_id" in route.parameters or (who == "bob" and "key_id" in route.parameters)
        assert answer.status_code == (403 if for_all else 404), (route, answer.text)
        assert "Secret" not in answer.text
    assert ann.get(f"/api/documents/{document}").json()["sections"][0]["text"] == "Secret plan."
    assert key in ann.get("/api/keys").text


def test_no_list_no_search_and_no_stream_shows_what_belongs_to_another(
    ann: httpx.Client, bob: httpx.Client
):
    document = created(ann)["id"]
    ann.put(f"/api/documents/{document}/sections/0", json={"text": "Hidden oolong.", "version": 0})
    ann.post(f"/api/documents/{document}/write")
    ann.put("/api/settings", json={"values": {"theme": "annas"}})
    ann.post("/api/templates", json={"name": "annas", "brief": BRIEF})
    mine = ann.get("/api/me").json()["user_id"]
    for route in every_route():
        if route.method != "GET" or route.parameters or not route.shut:
            continue
        with bob.stream("GET", f"{route.path}?q=oolong") as answer:
            text = "".join(_first_lines(answer))
        for secret in (document, "oolong", "annas", mine):
            assert secret not in text, route
    ann.post(f"/api/jobs/{document}/cancel")


def _first_lines(answer: httpx.Response) -> Iterator[str]:
    """The whole answer; of a stream that never ends what comes first."""
    endless = "event-stream" in answer.headers.get("content-type", "")
    for number, line in enumerate(answer.iter_lines()):
        yield line
        if endless and number > 8:
            return


def test_a_key_of_idempotency_is_ones_own(ann: httpx.Client, bob: httpx.Client):
    body = {"brief": BRIEF, "seed": 1, "start": False}
    headers = {"Idempotency-Key": "the same"}
    answers = [http.post("/api/documents", json=body, headers=headers) for http in (ann, bob)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["document"]["id"] != answers[1].json()["document"]["id"]


def test_what_belongs_to_all_is_for_administrators(bob: httpx.Client, page: httpx.Client):
    for http in (bob, page):
        assert http.get("/api/backup").status_code == 403
        assert http.post("/api/models/x/pull").status_code == 403
    refused = page.post("/api/keys", json={"name": "x", "scopes": ["admin"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "ScopeMissing")
    assert page.get("/api/me").json()["scopes"] == ["read", "write"]


def test_a_key_does_only_what_its_scopes_say(reader: httpx.Client):
    assert reader.get("/api/documents").status_code == 200
    answer = reader.post("/api/documents", json={"brief": BRIEF, "start": False})
    assert (answer.status_code, answer.json()["code"]) == (403, "ScopeMissing")
    assert reader.get("/api/backup").status_code == 403
    assert reader.get("/api/keys").status_code == 403


def test_a_key_is_shown_once_and_can_be_taken_back(guarded: Guarded, ann: httpx.Client):
    key = ann.post("/api/keys", json={"name": "mine", "scopes": ["read"]}).json()
    assert key["token"] not in ann.get("/api/keys").text
    mine = {"Authorization": f"Bearer {key['token']}"}
    assert httpx.get(f"{guarded[0].url}/api/me", headers=mine).status_code == 200
    assert ann.delete(f"/api/keys/{key['id']}").status_code == 204
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


def test_a_login_begins_a_new_session_and_ends_the_old_one(guarded: Guarded):
    """A cookie that somebody has put into the browser is worth nothing after it."""
    planted = {COOKIE: "planted"}
    with httpx.Client(base_url=guarded[0].url, cookies=planted) as http:
        http.headers["Sec-Fetch-Site"] = "same-origin"
        for _ in range(2):
            before = http.cookies[COOKIE]
            answer = http.post("/api/login", json={"name": "ann", "password": PASSWORD})
            http.cookies.clear()
            http.cookies[COOKIE] = answer.cookies[COOKIE]
            assert http.cookies[COOKIE] != before
            assert http.get("/api/me").status_code == 200
            old = {"Cookie": f"{COOKIE}={before}"}
            assert httpx.get(
                f"{guarded[0].url}/api/me", headers={**old, "Sec-Fetch-Site": "same-origin"}
            ).status_code == 401  # fmt: skip


def test_another_password_ends_every_other_session(guarded: Guarded):
    url = guarded[0].url
    with browser(url, "eve", PASSWORD) as changing, browser(url, "eve", PASSWORD) as other:
        wrong = changing.put("/api/password", json={"old": "x", "new": "a longer secret"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "WrongPassword")
        short = changing.put("/api/password", json={"old": PASSWORD, "new": "short"})
        assert short.status_code == 400
        changed = changing.put("/api/password", json={"old": PASSWORD, "new": "a longer secret"})
        assert changed.status_code == 204
        assert other.get("/api/me").status_code == 401
        assert changing.get("/api/me").status_code == 200
        back = changing.put("/api/password", json={"old": "a longer secret", "new": PASSWORD})
        assert back.status_code == 204


def test_a_key_of_a_user_changes_no_password(bob: httpx.Client):
    answer = bob.put("/api/password", json={"old": PASSWORD, "new": "a longer secret"})
    assert (answer.status_code, answer.json()["code"]) == (403, "ScopeMissing")


def test_guessing_passwords_becomes_slow(stranger: httpx.Client):
    answers: list[httpx.Response] = []

    def attempt(password: str) -> httpx.Response:
        answer = stranger.post("/api/login", json={"name": "mallory", "password": password})
        answers.append(answer)
        return answer

    def refused() -> bool:
        """Whether many guesses at once make the right password wait as well.

        It may be let in where the machine is so busy that the first wait is over by then.
        """
        with ThreadPoolExecutor(8) as pool:
            guesses = list(pool.map(lambda at: attempt(f"guess {at}").status_code, range(8)))
        assert set(guesses) <= {401, 429}
        return 429 in guesses and attempt(PASSWORD).status_code == 429

    until(refused)
    waiting = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in waiting)
    until(lambda: attempt(PASSWORD).status_code == 200)


def test_no_secret_is_in_the_log(guarded: Guarded, ann: httpx.Client, stranger: httpx.Client):
    stranger.post("/api/login", json={"name": "ann", "password": "a wrong secret"})
    log = guarded[0].log.read_text()
    assert not any(secret in log for secret in ("a wrong secret", PASSWORD, *guarded[1].values()))

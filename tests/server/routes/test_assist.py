"""What the model is asked about a text: seen as it grows, taken or left, never a silent change."""

import json
from collections.abc import Generator
from contextlib import closing

import httpx
import pytest

from tests.support.server import created, section
from tests.support.studio_engine import HOLD
from tests.support.waiting import until
from xiezuo.engine.scripted import ScriptedEngine
from xiezuo.writing.edit.rewrite import clean_answer

pytestmark = pytest.mark.xdist_group("server")
LEAF = "Tea is a drink. It is made of leaves that grow on hills."
CODE = "Run this:\n\n```python\nprint(json.dumps({}))\n```"


@pytest.fixture
def document(http: httpx.Client) -> str:
    new = created(http)["id"]
    http.put(f"/api/documents/{new}/sections/0", json={"text": LEAF, "version": 0})
    return new


def streamed_events(http: httpx.Client, path: str, body: dict) -> Generator[tuple[str, dict]]:
    """The events of a stream, by name."""
    name = ""
    with http.stream("POST", path, json=body) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])


@pytest.mark.parametrize(("action", "end"), [("rewrite", 15), ("condense", 35)])
def test_an_action_grows_before_the_readers_eyes(
    http: httpx.Client, document: str, action: str, end: int
):
    path = f"/api/documents/{document}/sections/0/actions/stream"
    body = {"action": action, "start": 0, "end": end, "version": 1, "detail": "friendly"}
    *pieces, (name, done) = streamed_events(http, path, body)
    assert {event for event, _ in pieces} == {"text"}
    assert name == "done"
    streamed = "".join(data["text"] for _, data in pieces)
    assert done["text"] == clean_answer(streamed, LEAF[:end])
    text = LEAF
    for edit in reversed(done["edits"]):
        text = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
    assert done["text"] in text
    assert section(http, document)["text"] == LEAF


def test_a_stale_action_is_refused_before_it_streams(http: httpx.Client, document: str):
    path = f"/api/documents/{document}/sections/0/actions/stream"
    answer = http.post(path, json={"action": "rewrite", "start": 0, "end": 5, "version": 0})
    assert (answer.status_code, answer.json()["theirs"]) == (409, LEAF)


def test_a_candidate_is_kept_beside_the_text(http: httpx.Client, document: str):
    path = f"/api/documents/{document}/sections/0/candidates"
    text = ""
    seeds = [{"seed": 3}, {"seed": 4, "temperature": 1.2, "instruction": "Begin with rain."}]
    proposals = []
    for body in seeds:
        for name, data in streamed_events(http, path, body):
            if name == "text":
                text += data["text"]
            elif name == "cut":
                text = text[: data["length"]]
            elif name == "replaced":
                text = data["text"]
            else:
                assert name == "done"
                assert data["text"] == text
                proposals.append(data)
        text = ""
    assert proposals[0]["text"] != proposals[1]["text"]
    assert all(one["words"] > 20 < one["tokens"] for one in proposals)
    revisions = http.get(f"/api/documents/{document}/sections/0/revisions").json()
    candidates = [one for one in revisions if one["reason"] == "candidate"]
    assert [candidate["id"] for candidate in candidates] == [
        one["revision_id"] for one in proposals
    ]
    history = http.get(f"/api/documents/{document}/history").json()
    seeds = {one["id"]: (one["model"], one["seed"]) for one in history}
    assert [seeds[candidate["id"]] for candidate in candidates] == [
        ("scripted", 3),
        ("scripted", 4),
    ]
    now = section(http, document)
    assert (now["text"], now["version"], now["state"]) == (LEAF, 1, "final")


def test_a_candidate_ends_when_its_reader_goes_away(http: httpx.Client, engine: ScriptedEngine):
    document = created(http, task=HOLD)["id"]
    path = f"/api/documents/{document}/sections/0/candidates"
    cancelled = engine.cancelled
    with closing(streamed_events(http, path, {"seed": 5})) as events:
        next(events)
    until(lambda: engine.cancelled > cancelled)
    assert http.get(f"/api/documents/{document}/sections/0/revisions").json() == []


def test_a_round_grows_and_is_kept(http: httpx.Client, document: str):
    path = f"/api/documents/{document}/rounds"
    *pieces, (name, done) = streamed_events(
        http, f"{path}/stream", {"instruction": "Shorten section 1."}
    )
    assert pieces
    assert (name, done["position"], done["version"], done["state"]) == ("done", 0, 1, "proposed")
    (kept,) = http.get(path).json()
    assert (kept["id"], kept["proposal"]) == (done["id"], done["proposal"])


def repaired(http: httpx.Client, document: str, code: str) -> dict:
    """The repair of the only finding of this rule."""
    now = section(http, document)
    body = {"text": now["text"], "select": [code], "language": "en"}
    (diagnostic,) = http.post("/api/lint", json=body).json()
    place = {"code": code, "start": diagnostic["start"], "end": diagnostic["end"]}
    path = f"/api/documents/{document}/sections/0/repair"
    answer = http.post(path, json={**place, "version": now["version"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("text", "code", "mended"),
    [
        ("Tea is the the drink.", "REP007", "Tea is the drink."),
        (CODE, "COD002", CODE.replace("print(", "import json\n\nprint(", 1)),
    ],
)
def test_what_is_certain_is_mended_without_the_model(
    http: httpx.Client, document: str, text: str, code: str, mended: str
):
    http.put(f"/api/documents/{document}/sections/0", json={"text": text, "version": 1})
    repair = repaired(http, document, code)
    assert (repair["text"], repair["tokens"], repair["mended"]) == (mended, 0, True)
    assert section(http, document)["text"] == text


def test_the_model_mends_the_rest_and_says_whether_it_did(http: httpx.Client, document: str):
    text = "Tea grows on hills. The leaves are picked and then they"
    http.put(f"/api/documents/{document}/sections/0", json={"text": text, "version": 1})
    repair = repaired(http, document, "CUT001")
    assert repair["tokens"] > 0
    left = http.post("/api/lint", json={"text": repair["text"], "select": ["CUT001"]}).json()
    assert repair["mended"] == (repair["text"] != text and not left)


def test_what_the_linter_does_not_find_is_not_mended(http: httpx.Client, document: str):
    path = f"/api/documents/{document}/sections/0/repair"
    body = {"code": "CUT001", "start": 0, "end": 3, "version": 1}
    answer = http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchFinding")
    assert http.post(path, json={**body, "version": 0}).status_code == 409

"""Documents through the API: made once, edited without loss, found again."""

import json

import httpx
import pytest

from tests.support.server import BRIEF, created, finished, section
from tests.support.studio_engine import HOLD
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture
def document(http: httpx.Client) -> str:
    return created(http)["id"]


def edit(http: httpx.Client, document: str, position: int, text: str, version: int):
    body = {"text": text, "version": version}
    return http.put(f"/api/documents/{document}/sections/{position}", json=body)


def test_a_document_is_written_and_read_as_markdown(http: httpx.Client):
    document = created(http, start=True)["id"]
    written = finished(http, document)
    assert {part["state"] for part in written["sections"]} <= {"written", "needs_review"}
    text = http.get(f"/api/documents/{document}/text").text
    assert text.startswith("# Tea\n\n## Leaf\n\n")
    assert written["sections"][1]["text"].strip() in text


def test_an_outline_is_made_and_one_section_planned_again(http: httpx.Client):
    brief = {"task": "Explain tea.", "words": 300}
    plan = http.post("/api/outline", json={"brief": brief}).json()
    assert len(plan["sections"]) == 3
    again = http.post("/api/outline/again", json={"plan": plan, "index": 1}).json()
    assert again["sections"][0] == plan["sections"][0]
    assert http.post("/api/outline/again", json={"plan": plan, "index": 9}).status_code == 404


def test_the_same_key_starts_nothing_twice(http: httpx.Client):
    body, key = {"brief": BRIEF, "seed": 1, "start": False}, {"Idempotency-Key": "order 7"}
    first = http.post("/api/documents", json=body, headers=key)
    again = http.post("/api/documents", json=body, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    other = http.post("/api/documents", json={**body, "seed": 2}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "KeyReused")


def test_a_stale_edit_gets_both_texts(http: httpx.Client, document: str):
    assert edit(http, document, 0, "Mine.", 0).json() == {"version": 1}
    stale = edit(http, document, 0, "Also mine.", 0)
    assert stale.status_code == 409
    assert stale.headers["content-type"] == "application/problem+json"
    problem = stale.json()
    assert (problem["mine"], problem["theirs"], problem["version"]) == ("Also mine.", "Mine.", 1)
    assert edit(http, document, 0, "Merged.", problem["version"]).status_code == 200


def test_every_text_a_section_had_comes_back(http: httpx.Client, document: str):
    for version, text in enumerate(["One.", "Two.", "Three."]):
        edit(http, document, 0, text, version)
    listed = http.get(f"/api/documents/{document}/sections/0/revisions").json()
    assert [revision["text"] for revision in listed] == ["One.", "Two.", "Three."]
    first = f"/api/documents/{document}/sections/0/revisions/{listed[0]['id']}"
    assert http.get(f"{first}/diff").json()["lines"][-2:] == ["-One.", "+Three."]
    assert http.post(f"{first}/restore").json() == {"version": 4}
    assert http.get(f"/api/documents/{document}").json()["sections"][0]["text"] == "One."
    assert (
        http.get(f"/api/documents/{document}/sections/0/revisions/999999/diff").status_code == 404
    )


def test_a_snapshot_is_returned_to(http: httpx.Client, document: str):
    edit(http, document, 0, "Before.", 0)
    path = f"/api/documents/{document}/snapshots"
    snapshot = http.post(path, json={"name": "first draft"}).json()
    edit(http, document, 0, "After.", 1)
    assert http.post(f"{path}/{snapshot['id']}/restore").status_code == 204
    assert http.get(f"/api/documents/{document}").json()["sections"][0]["text"] == "Before."
    assert [listed["name"] for listed in http.get(path).json()] == ["first draft"]


def test_trash_search_and_lists(http: httpx.Client, document: str):
    edit(http, document, 0, "杀青要快，火候要稳。", 0)
    matches = http.get("/api/search", params={"q": "火候"}).json()
    assert [entry["document_id"] for entry in matches] == [document]
    assert http.post(f"/api/documents/{document}/trash").status_code == 204
    assert http.get("/api/search", params={"q": "火候"}).json() == []
    assert document not in [entry["id"] for entry in http.get("/api/documents").json()]
    gone = http.get("/api/documents", params={"deleted": True}).json()
    assert document in [entry["id"] for entry in gone]
    assert http.post(f"/api/documents/{document}/untrash").status_code == 204
    http.post(f"/api/documents/{document}/trash")
    assert http.delete("/api/trash").json()["deleted"] >= 1
    assert http.get(f"/api/documents/{document}").status_code == 404


def summary(http: httpx.Client, document: str, **params: object) -> dict | None:
    listed = http.get("/api/documents", params=params).json()
    return next((entry for entry in listed if entry["id"] == document), None)


def test_title_tags_mode_and_brief_are_changed(http: httpx.Client, document: str):
    edit(http, document, 0, "  Green   tea is steamed.  ", 0)
    path = f"/api/documents/{document}"
    now = http.patch(path, json={"title": "Leaves", "tags": ["tea", "tea", "2026"]}).json()
    assert (now["title"], now["tags"], now["mode"]) == ("Leaves", ["tea", "2026"], "careful")
    assert http.get(f"{path}/text").text.startswith("# Leaves\n\n## Leaf\n\n")
    assert edit(http, document, 0, "Green tea is steamed.", 1).status_code == 200
    listed = summary(http, document, tag="2026")
    assert listed is not None
    assert (listed["excerpt"], listed["words_planned"]) == ("Green tea is steamed.", 90)
    assert (listed["job"], listed["mode"], listed["language"]) == (None, "careful", "en")
    assert summary(http, document, tag="coffee") is None
    brief = {**BRIEF, "audience": "children"}
    now = http.patch(path, json={"brief": brief, "mode": "draft", "title": None}).json()
    assert (now["title"], now["mode"], now["brief"]["audience"]) == (None, "draft", "children")
    assert now["tags"] == ["tea", "2026"]
    wrong = http.patch(path, json={"tags": [" "]})
    assert wrong.status_code == 422


def test_a_brief_is_not_changed_under_the_writer(http: httpx.Client):
    document = created(http, task=HOLD, start=True)["id"]
    path = f"/api/documents/{document}"
    answer = http.patch(path, json={"mode": "draft"})
    assert (answer.status_code, answer.json()["code"]) == (409, "DocumentBusyError")
    assert http.patch(path, json={"title": "Leaves"}).status_code == 200
    http.post(f"/api/jobs/{document}/cancel")
    assert finished(http, document)["title"] == "Leaves"
    listed = summary(http, document)
    assert listed is not None
    assert listed["job"] == "cancelled"


def test_a_copy_is_a_document_of_its_own(http: httpx.Client, document: str):
    edit(http, document, 1, "In the cup.", 0)
    http.patch(f"/api/documents/{document}", json={"tags": ["tea"]})
    path, key = f"/api/documents/{document}/copy", {"Idempotency-Key": "copy 1"}
    copy = http.post(path, json={}, headers=key).json()
    assert http.post(path, json={}, headers=key).json() == copy
    assert (copy["title"], copy["tags"], copy["brief"]["task"]) == (
        "Tea (copy)", ["tea"], BRIEF["task"],
    )  # fmt: skip
    assert [part["text"] for part in copy["sections"]] == ["", "In the cup."]
    assert [part["state"] for part in copy["sections"]] == ["planned", "final"]
    edit(http, copy["id"], 1, "Another.", copy["sections"][1]["version"])
    assert http.get(f"/api/documents/{document}").json()["sections"][1]["text"] == "In the cup."
    other = http.post(path, json={"title": "Coffee"}).json()
    assert (other["title"], other["id"] != copy["id"]) == ("Coffee", True)


def test_a_single_call_is_no_job(http: httpx.Client):
    answer = http.post("/api/documents", json={"brief": BRIEF, "mode": "plain"})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, ["body", "mode"])


def test_what_is_deleted_is_gone_but_nothing_that_is_being_written(http: httpx.Client):
    document = created(http, task=HOLD, start=True)["id"]
    answer = http.delete(f"/api/documents/{document}")
    assert (answer.status_code, answer.json()["code"]) == (409, "UnfinishedJobError")
    http.post(f"/api/jobs/{document}/cancel")
    finished(http, document)
    assert http.delete(f"/api/documents/{document}").status_code == 204
    assert http.get(f"/api/documents/{document}").status_code == 404


def test_text_that_cannot_be_stored_is_refused_with_the_place(http: httpx.Client, document: str):
    for text in (r"a\u0000b", r"half \ud83c of a cup"):
        body = f'{{"text": "{text}", "version": 0}}'.encode()
        path = f"/api/documents/{document}/sections/0"
        answer = http.put(path, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidRequest")


def test_an_outline_is_changed_and_each_section_keeps_its_text(http: httpx.Client, document: str):
    edit(http, document, 0, "About the leaf.", 0)
    sections = [
        {"heading": "Cup", "words": 50, "origin": 1}, {"heading": "Pot", "words": 60},
        {"heading": "The leaf", "words": 40, "origin": 0, "intent": "Where it grows."},
    ]  # fmt: skip
    path = f"/api/documents/{document}/outline"
    now = http.put(path, json={"title": "Tea", "sections": sections}).json()["sections"]
    assert [part["heading"] for part in now] == ["Cup", "Pot", "The leaf"]
    assert [part["text"] for part in now] == ["", "", "About the leaf."]
    twice = {"title": "Tea", "sections": [sections[0], sections[0]]}
    assert http.put(path, json=twice).json()["code"] == "SectionTwice"
    gone = {"title": "Tea", "sections": [{"heading": "X", "words": 50, "origin": 9}]}
    assert http.put(path, json=gone).status_code == 404


def test_a_polish_proposes_edits_of_sections(http: httpx.Client, document: str):
    sentence = "Good tea needs soft water, and soft water is hard to find in the city."
    edit(http, document, 0, f"{sentence} So they carry it home in jars.", 0)
    edit(http, document, 1, f"The cup is warm. {sentence}", 0)
    path = f"/api/documents/{document}/polish"
    with http.stream("POST", path, json={}) as answer:
        lines = [line.partition(": ") for line in answer.iter_lines()]
    assert [value for name, _, value in lines if name == "event"][-1] == "done"
    proposals = [json.loads(value) for name, _, value in lines if name == "data"][:-1]
    (repeated,) = [proposal for proposal in proposals if proposal["code"] == "REP001"]
    assert (repeated["position"], repeated["version"]) == (1, 1)
    assert sentence not in repeated["text"]
    saved = {"text": repeated["text"], "version": repeated["version"]}
    assert http.put(f"/api/documents/{document}/sections/1", json=saved).status_code == 200


def test_a_wrong_method_is_told_the_right_ones(http: httpx.Client):
    answer = http.patch("/api/templates")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_lint_and_fix(http: httpx.Client):
    body = {"text": "# 茶\n\n水开了,再放茶叶。\n"}
    (diagnostic,) = http.post("/api/lint", json=body).json()
    assert (diagnostic["code"], diagnostic["fix"]["safe"]) == ("FMT007", True)
    assert http.post("/api/fix", json=body).json() == {
        "text": "# 茶\n\n水开了，再放茶叶。\n",
        "left": [],
    }
    assert http.post("/api/lint", json={**body, "select": ["NOPE"]}).status_code == 400


def test_an_action_proposes_and_changes_nothing(http: httpx.Client, document: str):
    text = "Tea is a drink. It is made of leaves."
    edit(http, document, 0, text, 0)
    path = f"/api/documents/{document}/sections/0/actions"
    body = {"action": "rewrite", "start": 0, "end": 15, "version": 1}
    proposed = http.post(path, json=body).json()
    assert all(
        0 <= proposed_edit["start"] <= proposed_edit["end"] <= 15
        for proposed_edit in proposed["edits"]
    )
    assert http.get(f"/api/documents/{document}").json()["sections"][0]["text"] == text
    assert http.post(path, json={**body, "version": 0}).status_code == 409
    assert http.post(path, json={**body, "end": 999}).status_code == 422


def test_a_round_is_kept_with_what_came_of_it(http: httpx.Client, document: str):
    edit(http, document, 1, "Pour the tea into a warm cup.", 0)
    path = f"/api/documents/{document}/rounds"
    proposal = http.post(path, json={"instruction": "Rewrite section 2."}).json()
    assert (proposal["position"], proposal["state"]) == (1, "proposed")
    assert http.post(f"{path}/{proposal['id']}", json={"state": "taken"}).status_code == 204
    assert [entry["state"] for entry in http.get(path).json()] == ["taken"]


def test_a_job_is_paused_resumed_and_cancelled(http: httpx.Client):
    document = created(http, task=HOLD, start=True)["id"]
    until(lambda: section(http, document)["text"])
    assert http.post(f"/api/jobs/{document}/pause").status_code == 202
    before = finished(http, document)["sections"][0]["text"]
    assert http.get(f"/api/jobs/{document}").json()["state"] == "paused"
    assert http.post(f"/api/jobs/{document}/resume").status_code == 202
    http.post(f"/api/jobs/{document}/cancel")
    after = finished(http, document)
    assert http.get(f"/api/jobs/{document}").json()["state"] == "cancelled"
    assert after["sections"][0]["text"].startswith(before[:40])


def preview_accepts(http: httpx.Client, brief: dict) -> bool:
    return http.post("/api/brief/preview", json={"brief": brief}).json()["fits"]


def test_templates_and_settings(http: httpx.Client):
    template = http.post("/api/templates", json={"name": "Weekly", "brief": BRIEF}).json()
    listed = http.get("/api/templates").json()
    assert template in listed
    builtin = [entry for entry in listed if entry["builtin"]]
    assert len(builtin) == 20
    assert preview_accepts(http, builtin[0]["brief"])
    assert http.delete(f"/api/templates/{builtin[0]['id']}").status_code == 404
    assert http.delete(f"/api/templates/{template['id']}").status_code == 204
    http.put("/api/settings", json={"values": {"theme": "dark"}})
    assert http.get("/api/settings").json() == {"theme": "dark"}


def test_errors_are_problems_in_the_readers_language(http: httpx.Client):
    answer = http.get("/api/documents/nothing", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "UnknownDocumentError")
    assert problem["detail"] == "没有文档 nothing。"
    assert problem["title"] == "未找到"
    broken = http.post("/api/lint", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (422, "InvalidRequest")

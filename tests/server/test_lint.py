"""The linter over the API: findings with their fixes, and the pages of the rules."""

import httpx
import pytest

from xiezuo.lint.rules import RULES

pytestmark = pytest.mark.xdist_group("server")
TEXT = "# Tea\n\nSteep it for three minutes.\n\n```\nprint('tea')\n"


def test_the_fix_of_a_finding_is_applied_as_the_linter_does_it(http: httpx.Client):
    diagnostics = http.post("/api/lint", json={"text": TEXT, "select": ["CUT002"]}).json()
    (diagnostic,) = diagnostics
    assert (diagnostic["code"], diagnostic["name"], diagnostic["family"]) == (
        "CUT002",
        "unclosed-fence",
        "CUT",
    )
    text = TEXT
    for edit in reversed(diagnostic["fix"]["edits"]):
        text = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
    fixed = http.post("/api/fix", json={"text": TEXT, "select": ["CUT002"]}).json()
    assert diagnostic["fix"]["safe"]
    assert text == fixed["text"] != TEXT


def test_a_finding_without_a_fix_has_none(http: httpx.Client):
    diagnostics = http.post("/api/lint", json={"text": "# A\n\n## B\n\n## C\n\nText.\n"}).json()
    assert {diagnostic["code"]: diagnostic["fix"] for diagnostic in diagnostics}["STR004"] is None


@pytest.mark.parametrize(("language", "family"), [("en", "cut off"), ("zh-CN", "截断")])
def test_every_rule_is_explained_in_the_readers_language(
    http: httpx.Client, language: str, family: str
):
    listed = http.get("/api/rules", headers={"Accept-Language": language}).json()
    assert [rule_page["code"] for rule_page in listed] == [rule.code for rule in RULES]
    first = listed[0]
    assert first["family_name"] == family
    assert first["summary"] == RULES[0].title("zh" if family == "截断" else "en")
    assert first["summary"].rstrip(".。") in first["page"]

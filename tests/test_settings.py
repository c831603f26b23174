"""Settings: one row each; files, then variables, then flags."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from xiezuo.errors import SettingsError
from xiezuo.settings import EngineSettings, HubSettings, Settings, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("model", [Settings, EngineSettings, HubSettings])
def test_every_setting_says_what_it_does(model: type[BaseModel]):
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.fixture(autouse=True)
def _no_threads_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XIEZUO_ENGINE_THREADS", raising=False)


def test_strength_is_file_then_variable_then_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("XIEZUO_DATA_DIR", str(data))
    assert load_settings().engine.threads == 0
    (data / "xiezuo.toml").write_text("[engine]\nthreads = 1\nslots = 7\n")
    assert load_settings().engine.threads == 1
    Path("xiezuo.toml").write_text("[engine]\nthreads = 2\n")
    assert load_settings().engine.threads == 2
    monkeypatch.setenv("XIEZUO_ENGINE_THREADS", "3")
    assert load_settings().engine.threads == 3
    assert load_settings(engine={"threads": 4}).engine.threads == 4
    assert load_settings(engine={"threads": 4}).engine.slots == 7


def test_names_of_two_words_work_as_variables(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XIEZUO_ENGINE_BASE_URL", "http://x/v1")
    monkeypatch.setenv("XIEZUO_PROMPT_TOKENS", "1024")
    monkeypatch.setenv("XIEZUO_HUB_PROBE_SECONDS", "1.5")
    settings = load_settings()
    assert str(settings.engine.base_url) == "http://x/v1"
    assert (settings.prompt_tokens, settings.hub.probe_seconds) == (1024, 1.5)


def test_hf_endpoint_is_the_mirror(monkeypatch: pytest.MonkeyPatch):
    assert load_settings().hub.mirror is None
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror")
    assert load_settings().hub.mirror == "http://mirror"


def test_a_key_is_not_shown():
    settings = load_settings(engine={"api_key": "sesame"})
    assert "sesame" not in repr(settings)
    assert "sesame" not in str(settings.model_dump())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonesuch = 1", "nonesuch"),
        ("[engine]\nthread = 1", "engine.thread"),
        ("[engine]\nthreads = -1", "engine.threads"),
        ("[engine]\nkv_type = 'q2'", "engine.kv_type"),
        ("[engine]\nbase_url = 'localhost:80'", "engine.base_url"),
        ("not toml", "xiezuo|line 1|TOML|Expected"),
    ],
)
def test_a_wrong_setting_is_named(text: str, problem: str):
    Path("xiezuo.toml").write_text(text)
    with pytest.raises(SettingsError, match=problem):
        load_settings()

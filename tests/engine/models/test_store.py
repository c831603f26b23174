"""The catalogue and the models folder."""

from pathlib import Path

import pytest

from tests.support.small_gguf import write_gguf
from xiezuo.engine.models.store import ModelStore
from xiezuo.errors import (
    ModelFileError,
    ModelNotInstalledError,
    OutputExistsError,
    OutputPathError,
    SettingsError,
    UnknownModelError,
)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", tmp_path / "catalogue.toml")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "own.gguf")


def test_the_catalogue_states_its_files_and_has_one_demo(store: ModelStore):
    assert set(store.catalogue) == {"qwen3-4b-instruct-2507", "smollm2-135m-instruct"}
    assert all(model.size and model.sha256 and model.sources for model in store.catalogue.values())
    assert store.demo.id == "smollm2-135m-instruct"


def test_an_unknown_name_gets_the_closest_one(store: ModelStore):
    with pytest.raises(UnknownModelError, match="Did you mean 'qwen3-4b-instruct-2507'"):
        store.locate("qwen3-4b-instruct")


def test_a_known_model_that_is_not_here_says_how_to_get_it(store: ModelStore):
    with pytest.raises(ModelNotInstalledError, match="xiezuo models pull smollm2"):
        store.locate("smollm2-135m-instruct")


def test_any_gguf_file_can_be_named_by_path(store: ModelStore, own: Path):
    assert store.locate(str(own)).header.architecture == "qwen3"


def test_a_file_of_the_wrong_size_is_not_the_model(store: ModelStore):
    store.folder.mkdir()
    write_gguf(store.path(store.demo))
    with pytest.raises(ModelFileError, match="not 98,362,432"):
        store.locate(store.demo.id)


def test_a_file_can_be_added_verified_and_removed(store: ModelStore, own: Path):
    added = store.add(own, "mine")
    assert added.path.is_symlink()
    assert [model.id for model in store.models()][-1] == "mine"
    store.verify(added.model)
    with pytest.raises(OutputExistsError):
        store.add(own, "mine")
    store.remove(added.model)
    assert own.exists()
    assert list(store.folder.iterdir()) == []


def test_a_copy_is_the_stores_own(store: ModelStore, own: Path):
    added = store.add(own, copy=True)
    own.unlink()
    store.verify(added.model)


def test_one_flipped_bit_is_found(store: ModelStore, own: Path):
    added = store.add(own, copy=True)
    data = bytearray(added.path.read_bytes())
    data[-5] ^= 1
    added.path.write_bytes(data)
    with pytest.raises(ModelFileError, match="SHA-256"):
        store.verify(added.model)


def test_a_foreign_file_is_not_added(store: ModelStore, tmp_path: Path):
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    with pytest.raises(ModelFileError, match="web page"):
        store.add(page)


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "x" * 300])
def test_a_name_cannot_leave_the_folder(store: ModelStore, own: Path, name: str):
    with pytest.raises(OutputPathError):
        store.add(own, name)
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("name", "model_id"),
    [("My Model (1).gguf", "My-Model-1"), ("..-+.gguf", "model"), (f"{'x' * 200}.gguf", "x" * 101)],
)
def test_a_file_may_be_called_anything(store: ModelStore, own: Path, name: str, model_id: str):
    added = store.add(own.rename(own.with_name(name)))
    assert added.model.id == model_id
    assert store.locate(model_id).path.exists()


@pytest.mark.parametrize("name", ["model (1).gguf", "a+b.gguf", "<img src=x>.gguf"])
def test_a_file_whose_name_no_model_can_have_hides_no_other(
    store: ModelStore, own: Path, name: str
):
    store.add(own, "mine")
    (store.folder / name).write_bytes(b"GGUF")
    assert store.models()[-1].id == "mine"


def test_a_users_catalogue_adds_and_replaces(tmp_path: Path):
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(
        '[models.mine]\ntitle = "Mine"\nfile = "mine.gguf"\n'
        "[models.mine.sampling.all]\ntemperature = 0.1\n"
    )
    store = ModelStore(tmp_path, catalogue)
    assert store.get("mine").sampling == {"all": {"temperature": 0.1}}


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "[models.mine]\ntitle = 1\n",
        '[models.mine]\ntitle = "M"\nfile = "../m.gguf"\n',
        '[models.mine]\ntitle = "M"\nfile = "m.gguf"\nsises = 3\n',
        '[models.mine]\ntitle = "M"\nfile = "m.gguf"\n[models.mine.sampling.poem]\ntop_k = 1\n',
    ],
)
def test_a_wrong_catalogue_is_named(tmp_path: Path, text: str):
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(text)
    with pytest.raises(SettingsError, match="catalogue.toml"):
        ModelStore(tmp_path, catalogue)

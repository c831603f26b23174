"""Settings belong to their owner, and None removes one."""

from xiezuo.store.library import Library


def test_settings_belong_to_their_owner(library: Library, owner: str):
    library.settings.update(owner, {"theme": "dark", "size": 3})
    library.settings.update(owner, {"theme": None, "size": [4]})
    assert library.settings.of_owner(owner) == {"size": [4]}
    assert library.settings.of_owner("somebody else") == {}

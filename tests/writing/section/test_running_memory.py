"""The running memory: bounded, the same each time, and of what matters."""

import pytest

from xiezuo.writing.section.running_memory import running_memory

TEXT = """# Tea

## Leaf

The **camellia** grows on hills. Old Mr Chen picks it at dawn. We met Chen twice; it takes 40 minutes.

## Cup

Water at 80 °C is best. Why is it so? Chen says nothing.
"""


def test_it_has_gists_terms_names_and_numbers():
    memory = running_memory(TEXT, "en", 1000)
    assert "- Leaf: The **camellia** grows on hills." in memory
    assert "- Cup: Water at 80 °C is best." in memory
    assert "Terms: camellia" in memory
    assert "Chen" in memory
    assert "40 minutes" in memory
    assert "Why is it so?" in memory


def test_chinese():
    memory = running_memory("## 叶\n\n“龙井”长在山坡上，要泡 3 分钟。\n", "zh", 500)
    assert "- 叶: “龙井”长在山坡上" in memory
    assert "术语：龙井" in memory
    assert "3 分钟" in memory


@pytest.mark.parametrize("room", [0, 10, 60, 200])
def test_it_is_bounded_and_keeps_the_newest(room: int):
    memory = running_memory(TEXT, "en", room)
    assert len(memory) <= room
    if "- Leaf" in memory:
        assert "- Cup" in memory


def test_nothing_said_is_nothing_remembered():
    assert running_memory("", "en", 100) == ""

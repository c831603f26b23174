"""The language of messages: what is chosen, else what the system asks for, else English."""

import pytest

from xiezuo.i18n import Text, current_language, ui_language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "XIEZUO_LANGUAGE": "zh"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, variables: dict, language: str):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ui_language() == language


def test_a_choice_is_stronger():
    token = current_language.set("zh")
    try:
        assert str(Text("tea", "茶")) == "茶"
        assert f"{Text('tea', '茶')}" == "茶"
        assert Text("{n} cups", "{n} 杯").fill(n=2) == "2 杯"
    finally:
        current_language.reset(token)

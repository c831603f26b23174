"""The language of the user interface, and texts in Chinese and English side by side."""

import os
from contextvars import ContextVar
from typing import Literal, NamedTuple

Language = Literal["en", "zh"]

_ENVIRONMENT = ("XIEZUO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

current_language: ContextVar[Language | None] = ContextVar("current_language", default=None)


def ui_language() -> Language:
    """The language set for the current task, else the one of the environment, else English."""
    chosen = current_language.get()
    if chosen is not None:
        return chosen
    locale = next((value for name in _ENVIRONMENT if (value := os.environ.get(name))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


class Text(NamedTuple):
    """A text in both languages; `str()` returns the one in the user's language."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.in_language(ui_language())

    def in_language(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def fill(self, **facts: object) -> str:
        """The text in the user's language, with its `{name}` fields filled."""
        return str(self).format(**facts)

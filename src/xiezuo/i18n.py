"""The language xiezuo speaks to its user: Chinese or English, both kept side by side."""

import os
from contextvars import ContextVar
from typing import Literal, NamedTuple

Language = Literal["en", "zh"]

_ENVIRONMENT = ("XIEZUO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

current_language: ContextVar[Language | None] = ContextVar("current_language", default=None)


def ui_language() -> Language:
    """The language set for this task, else the one the environment asks for, else English."""
    chosen = current_language.get()
    if chosen is not None:
        return chosen
    wanted = next((value for name in _ENVIRONMENT if (value := os.environ.get(name))), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


class Text(NamedTuple):
    """One sentence for the user in both languages; `str()` gives the user's."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.in_language(ui_language())

    def in_language(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def fill(self, **facts: object) -> str:
        """The user's sentence with `{name}` places filled."""
        return str(self).format(**facts)

"""Loads the settings of a command and applies their language."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiezuo.settings import Settings


def configured(**flags: object) -> "Settings":
    """Load the settings, overridden by `flags`, and set the language of messages.

    Raises:
        SettingsError
    """
    from xiezuo.i18n import current_language
    from xiezuo.settings import load_settings

    settings = load_settings(**flags)
    if settings.language is not None:
        current_language.set(settings.language)
    return settings

"""Settings for a command, with the language they ask for put to use."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiezuo.settings import Settings


def configured(**flags: object) -> "Settings":
    """Settings with `flags` on top.

    Raises:
        SettingsError
    """
    from xiezuo.i18n import current_language
    from xiezuo.settings import load_settings

    settings = load_settings(**flags)
    if settings.language is not None:
        current_language.set(settings.language)
    return settings

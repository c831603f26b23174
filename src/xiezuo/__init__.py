"""xiezuo (写作): a small local model on a plain CPU writes whole documents.

Example:
    ```python
    import asyncio
    from xiezuo import Brief, Studio, TextAdded, load_settings

    async def main() -> None:
        async with Studio(load_settings(model="smollm2-135m-instruct")) as studio:
            async for event in studio.write(Brief(task="Explain how tea is made.")):
                if isinstance(event, TextAdded):
                    print(event.text, end="", flush=True)

    asyncio.run(main())
    ```

The linter is a part of its own: `from xiezuo.lint import lint, fix`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from xiezuo.version import __version__

if TYPE_CHECKING:
    from xiezuo.errors import XiezuoError
    from xiezuo.settings import Settings, load_settings
    from xiezuo.studio import Listeners, Studio
    from xiezuo.writing.brief import Brief, read_brief
    from xiezuo.writing.events import Finished, SectionStarted, TextAdded, WritingEvent
    from xiezuo.writing.plan import Plan, PlannedSection

__all__ = [
    "Brief",
    "Finished",
    "Listeners",
    "Plan",
    "PlannedSection",
    "SectionStarted",
    "Settings",
    "Studio",
    "TextAdded",
    "WritingEvent",
    "XiezuoError",
    "__version__",
    "load_settings",
    "read_brief",
]

# Loaded when first used: `import xiezuo` and `xiezuo --help` stay instant.
_HOMES = {
    "Brief": "writing.brief",
    "Finished": "writing.events",
    "Listeners": "studio",
    "Plan": "writing.plan",
    "PlannedSection": "writing.plan",
    "SectionStarted": "writing.events",
    "Settings": "settings",
    "Studio": "studio",
    "TextAdded": "writing.events",
    "WritingEvent": "writing.events",
    "XiezuoError": "errors",
    "load_settings": "settings",
    "read_brief": "writing.brief",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'xiezuo' has no attribute {name!r}")
    return getattr(import_module(f"xiezuo.{_HOMES[name]}"), name)

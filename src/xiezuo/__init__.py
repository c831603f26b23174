"""xiezuo (写作): a small local model on a plain CPU writes whole documents.

Example:
    ```python
    import asyncio
    from xiezuo import Brief, Manuscript, SectionFinished, Studio, load_settings

    async def main() -> None:
        async with Studio(load_settings(model="smollm2-135m-instruct")) as studio:
            plan = await studio.plan(Brief(task="Explain how tea is made."), seed=1)
            manuscript = Manuscript(plan)
            async for event in studio.write(manuscript):
                if isinstance(event, SectionFinished):
                    print(plan.sections[event.index].heading, event.words, event.state)
            print(manuscript.text)

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
    from xiezuo.writing.model.brief import Brief, read_brief
    from xiezuo.writing.model.events import (
        Finished,
        SectionFinished,
        SectionStarted,
        TextAdded,
        TextCut,
        TextReplaced,
        WritingEvent,
    )
    from xiezuo.writing.model.manuscript import Manuscript
    from xiezuo.writing.model.outline import Outline, PlannedSection

__all__ = [
    "Brief",
    "Finished",
    "Listeners",
    "Manuscript",
    "Outline",
    "PlannedSection",
    "SectionFinished",
    "SectionStarted",
    "Settings",
    "Studio",
    "TextAdded",
    "TextCut",
    "TextReplaced",
    "WritingEvent",
    "XiezuoError",
    "__version__",
    "load_settings",
    "read_brief",
]

# Loaded when first used: `import xiezuo` and `xiezuo --help` stay instant.
_HOMES = {
    "Brief": "writing.model.brief",
    "Finished": "writing.model.events",
    "Listeners": "studio",
    "Manuscript": "writing.model.manuscript",
    "Outline": "writing.model.outline",
    "PlannedSection": "writing.model.outline",
    "SectionFinished": "writing.model.events",
    "SectionStarted": "writing.model.events",
    "Settings": "settings",
    "Studio": "studio",
    "TextAdded": "writing.model.events",
    "TextCut": "writing.model.events",
    "TextReplaced": "writing.model.events",
    "WritingEvent": "writing.model.events",
    "XiezuoError": "errors",
    "load_settings": "settings",
    "read_brief": "writing.model.brief",
}
# Names of earlier releases; docs/reference/glossary.md lists them.
_OLDER_NAMES = {"Plan": "Outline"}


def __getattr__(name: str) -> object:
    name = _OLDER_NAMES.get(name, name)
    if name not in _HOMES:
        raise AttributeError(f"module 'xiezuo' has no attribute {name!r}")
    return getattr(import_module(f"xiezuo.{_HOMES[name]}"), name)

"""Model downloads that run in the background."""

import asyncio
from dataclasses import dataclass, field

from xiezuo.engine.models.download import PullProgress, pull
from xiezuo.engine.models.hubs import Hubs
from xiezuo.engine.models.store import Model, ModelStore
from xiezuo.errors import XiezuoError


@dataclass
class Downloads:
    """The running downloads, by model id.

    Attributes:
        progress: the progress of each.
        problems: why the last download of a model failed, in the language of its user.
    """

    progress: dict[str, PullProgress] = field(default_factory=dict[str, PullProgress])
    problems: dict[str, str] = field(default_factory=dict[str, str])
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    def start(self, model: Model, store: ModelStore, hubs: Hubs) -> None:
        """Start or resume a download; do nothing if it is running."""
        if model.id not in self._tasks:
            self.problems.pop(model.id, None)
            self.progress[model.id] = PullProgress(0, model.size, 0.0, None)
            self._tasks[model.id] = asyncio.create_task(self._pull(model, store, hubs))

    async def _pull(self, model: Model, store: ModelStore, hubs: Hubs) -> None:
        def report(progress: PullProgress) -> None:
            self.progress[model.id] = progress

        try:
            await pull(model, store, hubs, report)
        except XiezuoError as error:
            self.problems[model.id] = str(error)
        finally:
            self.progress.pop(model.id, None)
            self._tasks.pop(model.id, None)

    async def stop(self, model_id: str) -> bool:
        """Stop a download but keep the bytes that have arrived; return False if there is none."""
        task = self._tasks.get(model_id)
        if task is None:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def close(self) -> None:
        for model_id in list(self._tasks):
            await self.stop(model_id)

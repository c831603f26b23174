"""Downloads of models that go on while nobody watches."""

import asyncio
from dataclasses import dataclass, field

from xiezuo.engine.models.download import PullProgress, pull
from xiezuo.engine.models.hubs import Hubs
from xiezuo.engine.models.store import Model, ModelStore
from xiezuo.errors import XiezuoError


@dataclass
class Downloads:
    """The running downloads, by the model's id.

    Attributes:
        progress: how far each is.
        problems: why the last one of a model failed, in the language of who started it.
    """

    progress: dict[str, PullProgress] = field(default_factory=dict[str, PullProgress])
    problems: dict[str, str] = field(default_factory=dict[str, str])
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    def start(self, model: Model, store: ModelStore, hubs: Hubs) -> None:
        """Begin or go on with a download; nothing happens when it is running."""
        if model.id not in self._tasks:
            self.problems.pop(model.id, None)
            self.progress[model.id] = PullProgress(0, model.size, 0.0, None)
            self._tasks[model.id] = asyncio.create_task(self._pull(model, store, hubs))

    async def _pull(self, model: Model, store: ModelStore, hubs: Hubs) -> None:
        def note(progress: PullProgress) -> None:
            self.progress[model.id] = progress

        try:
            await pull(model, store, hubs, note)
        except XiezuoError as error:
            self.problems[model.id] = str(error)
        finally:
            self.progress.pop(model.id, None)
            self._tasks.pop(model.id, None)

    async def stop(self, model_id: str) -> bool:
        """Stop a download; what has arrived is kept. False when there is none."""
        task = self._tasks.get(model_id)
        if task is None:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def close(self) -> None:
        for model_id in list(self._tasks):
            await self.stop(model_id)

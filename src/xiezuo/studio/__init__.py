"""The composition root: builds a studio from settings. All other modules receive plain values."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Self

from xiezuo.engine.client import EngineClient
from xiezuo.engine.local.process import EngineProcess
from xiezuo.engine.metrics import Speed
from xiezuo.engine.models.store import LocalModel
from xiezuo.engine.sampling import Task, preset
from xiezuo.settings import Settings
from xiezuo.studio.composition import (
    Listeners,
    hubs,
    launch_plan,
    memory_needed,
    model_store,
    new_seed,
    remote_address,
    slots_wanted,
)
from xiezuo.studio.engine_manager import EngineManager, EngineSelection
from xiezuo.writing import prompts
from xiezuo.writing.alternative import without_section
from xiezuo.writing.edit.polish import Proposal, polish
from xiezuo.writing.edit.revise import Revision, revise, stream_revision
from xiezuo.writing.edit.rewrite import (
    Action,
    Rewrite,
    RewriteContext,
    Selection,
    rewrite,
    stream_rewrite,
)
from xiezuo.writing.model.brief import Brief, Kind
from xiezuo.writing.model.events import Notice, WritingEvent
from xiezuo.writing.model.manuscript import Manuscript
from xiezuo.writing.model.outline import MODES, Mode, Outline
from xiezuo.writing.pipeline import WritingPipeline
from xiezuo.writing.planning.estimate import Estimate, estimate
from xiezuo.writing.planning.planner import make_outline, plan_again
from xiezuo.writing.repair.on_request import OnRequestRepair, ReportedDiagnostic, repair_on_request
from xiezuo.writing.repair.run_code import find_sandbox
from xiezuo.writing.review import Reviewer
from xiezuo.writing.section.context_window import ContextWindow
from xiezuo.writing.section.writer import TokenCounts, WritingOptions

__all__ = [
    "EngineSelection",
    "Listeners",
    "Studio",
    "hubs",
    "launch_plan",
    "memory_needed",
    "model_store",
    "new_seed",
    "remote_address",
]

_TASK_OF_KIND: Mapping[Kind, Task] = {"story": "story", "answer": "answer"}
_HISTORY_SHARE = 8  # earlier rounds may take one in this many prompt tokens


class Studio:
    """An async context manager: inside, an engine is ready and documents can be written.

    Example:
        ```python
        async with Studio(load_settings()) as studio:
            async for event in studio.write(Brief(task="Explain how tea is made.")):
                if isinstance(event, TextAdded):
                    print(event.text, end="")
        ```

    Args:
        settings: see `load_settings`.
        listeners: receive download progress, loading progress and notices.
        fallback: without any reachable hub, write with the demo model instead of failing.
        modes: the modes in which documents will be written. Together with `documents`, the number
            written at a time, they decide how many slots a local engine gets.
        background: enter at once and start the engine meanwhile: the one used last, else an
            installed model, else none. With `fallback` false the configured model is pulled.

    Raises (on entering):
        ModelError, EngineError, DiskFullError, OutputPathError, PromptError,
        SandboxMissingError
    """

    def __init__(
        self,
        settings: Settings,
        listeners: Listeners | None = None,
        *,
        fallback: bool = True,
        background: bool = False,
        modes: Collection[Mode] = MODES,
        documents: int = 1,
    ) -> None:
        self.settings = settings
        self._listeners = listeners or Listeners()
        self._fallback = fallback
        self._background = background
        self.engine_manager = EngineManager(
            settings, self._listeners, slots_wanted(modes, documents)
        )

    async def __aenter__(self) -> Self:
        prompts.use_folder(self.settings.prompts_dir)
        if self.settings.run_code:
            find_sandbox()
        if self._background:
            self.engine_manager.switch_to_last(obtained=not self._fallback)
            return self
        try:
            await self.engine_manager.open(EngineSelection(), fallback=self._fallback)
        except BaseException:
            await self.engine_manager.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine_manager.close()

    @property
    def client(self) -> EngineClient:
        """The engine's client.

        Raises:
            EngineLoadingError, NoEngineError: no engine is available now.
        """
        return self.engine_manager.require_client()

    @property
    def process(self) -> EngineProcess | None:
        return self.engine_manager.process

    @property
    def model(self) -> LocalModel | None:
        return self.engine_manager.model

    async def ready(self) -> None:
        """Wait without a time limit until an engine is available.

        Raises:
            EngineStartError: the engine failed and is not restarted.
        """
        await self.engine_manager.ready()

    async def obtain_model(self) -> LocalModel:
        """The configured model, pulled if necessary; the demo model if no hub can be reached."""
        return await self.engine_manager.obtain(self.settings.model, fallback=self._fallback)

    @property
    def model_id(self) -> str:
        """The model in use: its id in the catalogue, or its name on the remote engine."""
        return (
            self.engine_manager.client.capabilities.model
            if self.model is None
            else self.model.model.id
        )

    async def plan(self, brief: Brief, seed: int) -> Outline:
        """Title and sections for `brief`.

        Raises:
            EngineError
        """
        return await make_outline(brief, self.client, preset("outline", self._overrides()), seed)

    async def preview(self, brief: Brief) -> Estimate:
        """Estimate prompt, budget, faults and time for `brief`; nothing is generated.

        Raises:
            EngineError
        """
        return await estimate(brief, self.client, self.settings.prompt_tokens, self.speed)

    @property
    def speed(self) -> Speed | None:
        """The engine's measured speed; None before enough tokens were measured."""
        return self.engine_manager.client.totals.speed

    async def plan_again(self, plan: Outline, index: int, seed: int) -> Outline:
        """The plan with another heading for section `index` (from 0).

        Raises:
            EngineError
        """
        sampling = preset("outline", self._overrides())
        return await plan_again(plan, index, self.client, sampling, seed)

    async def write(
        self,
        work: Brief | Outline | Manuscript,
        *,
        mode: Mode = "careful",
        seed: int | None = None,
    ) -> AsyncGenerator[WritingEvent]:
        """Write a document from a brief or a plan, or complete a manuscript.

        A manuscript passed in is updated in place.

        Raises:
            EngineError: the events so far have already been yielded.
        """
        pipeline = self.pipeline(work, mode, new_seed() if seed is None else seed)
        async with aclosing(pipeline.run()) as events:
            async for event in events:
                if isinstance(event, Notice):
                    self._listeners.on_notice(event.message)
                yield event

    def pipeline(
        self,
        work: Brief | Outline | Manuscript,
        mode: Mode,
        seed: int,
        *,
        from_model: bool = False,
        reviewer: Reviewer | None = None,
        tally: TokenCounts | None = None,
        window: ContextWindow | None = None,
    ) -> WritingPipeline:
        """The pipeline that `write` runs, stage by stage; see `WritingPipeline`."""
        return WritingPipeline(
            work,
            self.engine_manager.client,
            self._options(_brief_of(work), seed),
            mode,
            from_model=from_model,
            reviewer=reviewer,
            tally=tally,
            window=window,
        )

    def polish(self, text: str, brief: Brief, seed: int) -> AsyncGenerator[Proposal]:
        """Propose edits for a Markdown text; see `xiezuo.writing.edit.polish`."""
        return polish(text, self._rewrite_context(brief, seed, "polish"))

    async def ask(
        self, brief: Brief, selection: Selection, action: Action, detail: str = "", seed: int = 1
    ) -> Rewrite:
        """Apply `action` to a selection; the result holds edits.

        Raises:
            EngineError
        """
        return await rewrite(self._rewrite_context(brief, seed), selection, action, detail)

    def asking(
        self, brief: Brief, selection: Selection, action: Action, detail: str = "", seed: int = 1
    ) -> AsyncGenerator[str | Rewrite]:
        """Like `ask`, but yields the pieces of the answer first, as they arrive."""
        return stream_rewrite(self._rewrite_context(brief, seed), selection, action, detail)

    async def revise(
        self, manuscript: Manuscript, instruction: str, history: Sequence[str], seed: int = 1
    ) -> Revision:
        """Follow `instruction` in the section it refers to; see `xiezuo.writing.edit.revise`.

        Raises:
            EngineError
        """
        budget = self.settings.prompt_tokens // _HISTORY_SHARE
        context = self._rewrite_context(manuscript.outline.brief, seed)
        return await revise(context, manuscript, instruction, history, budget)

    def revising(
        self, manuscript: Manuscript, instruction: str, history: Sequence[str], seed: int = 1
    ) -> AsyncGenerator[str | Revision]:
        """Like `revise`, but yields the pieces of the answer first, as they arrive."""
        budget = self.settings.prompt_tokens // _HISTORY_SHARE
        context = self._rewrite_context(manuscript.outline.brief, seed)
        return stream_revision(context, manuscript, instruction, history, budget)

    def candidate(
        self,
        manuscript: Manuscript,
        index: int,
        seed: int,
        temperature: float | None = None,
        instruction: str = "",
    ) -> WritingPipeline:
        """A pipeline that writes another text for section `index`.

        See `xiezuo.writing.alternative`.
        """
        options = self._options(manuscript.outline.brief, seed)
        if temperature is not None:
            sampling = replace(options.sampling, temperature=temperature)
            options = replace(options, sampling=sampling)
        copy = without_section(manuscript, index, instruction)
        return WritingPipeline(copy, self.client, options)

    async def mend(
        self, brief: Brief, heading: str, body: str, fault: ReportedDiagnostic, seed: int = 1
    ) -> OnRequestRepair:
        """Edits that repair one fault of a section; see `xiezuo.writing.repair.on_request`.

        Raises:
            EngineError
        """
        return await repair_on_request(self._rewrite_context(brief, seed), heading, body, fault)

    def _rewrite_context(self, brief: Brief, seed: int, task: Task = "rewrite") -> RewriteContext:
        return RewriteContext(self.client, brief, preset(task, self._overrides()), seed)

    def _options(self, brief: Brief, seed: int) -> WritingOptions:
        return WritingOptions(
            sampling=preset(_TASK_OF_KIND.get(brief.kind, "article"), self._overrides()),
            rewriting=preset("rewrite", self._overrides()),
            seed=seed,
            prompt_tokens=self.settings.prompt_tokens,
            run_code=self.settings.run_code,
            planning=preset("outline", self._overrides()),
            languages=self.model.model.languages if self.model is not None else (),
        )

    def _overrides(self) -> Mapping[str, Mapping[str, float]]:
        return self.model.model.sampling if self.model is not None else {}


def _brief_of(work: Brief | Outline | Manuscript) -> Brief:
    if isinstance(work, Manuscript):
        return work.outline.brief
    return work.brief if isinstance(work, Outline) else work

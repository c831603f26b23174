"""The composition root: settings in, a studio that writes out. Everything else receives values."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from xiezuo.engine.client import EngineClient
from xiezuo.engine.models import LocalModel
from xiezuo.engine.process import EngineProcess
from xiezuo.engine.sampling import Task, preset
from xiezuo.engine.speed import Speed
from xiezuo.language import Text
from xiezuo.settings import Settings
from xiezuo.studio.house import Choice, EngineHouse
from xiezuo.studio.setup import (
    Listeners,
    hubs,
    launch_plan,
    memory_needed,
    model_store,
    new_seed,
    remote_address,
)
from xiezuo.writing import prompts
from xiezuo.writing.actions import Action, Asked, Pen, Selection, ask, asking
from xiezuo.writing.brief import Brief, Kind
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.candidate import write_candidate
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.drafting import Options, Tally
from xiezuo.writing.events import PlanReady, WritingEvent
from xiezuo.writing.manuscript import Manuscript
from xiezuo.writing.mend import Marked, Mended, mend_one
from xiezuo.writing.outline import make_plan, plan_again
from xiezuo.writing.plain import write_plainly
from xiezuo.writing.plan import Mode, Plan
from xiezuo.writing.polish import Proposal, polish
from xiezuo.writing.preview import Preview, preview
from xiezuo.writing.rounds import Round, answer, answering
from xiezuo.writing.sandbox import find_sandbox

__all__ = [
    "Choice",
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
_HISTORY_SHARE = 8  # one token in so many may tell of earlier rounds


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
        listeners: told of downloads, loading and notices.
        fallback: without any reachable hub, write with the demo model instead of failing.
        background: enter at once, and get the engine ready meanwhile: the one used last, else a
            model that is here, else none. With `fallback` false the configured model is pulled.

    Raises (on entering):
        ModelError, EngineError, DiskFullError, OutputPathError, PromptError,
        SandboxMissingError
    """

    def __init__(
        self, settings: Settings, listeners: Listeners | None = None, *, fallback: bool = True,
        background: bool = False,
    ) -> None:  # fmt: skip
        self.settings = settings
        self._listeners = listeners or Listeners()
        self._fallback = fallback
        self._background = background
        self.house = EngineHouse(settings, self._listeners)

    async def __aenter__(self) -> Self:
        prompts.use_folder(self.settings.prompts_dir)
        if self.settings.run_code:
            find_sandbox()
        if self._background:
            self.house.begin_as_before(obtained=not self._fallback)
            return self
        try:
            await self.house.open(Choice(), fallback=self._fallback)
        except BaseException:
            await self.house.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.house.close()

    @property
    def client(self) -> EngineClient:
        """The engine's client.

        Raises:
            EngineLoadingError, NoEngineError: there is no engine to be asked now.
        """
        return self.house.asked()

    @property
    def process(self) -> EngineProcess | None:
        return self.house.process

    @property
    def model(self) -> LocalModel | None:
        return self.house.model

    async def ready(self) -> None:
        """Wait until there is an engine, however long it takes.

        Raises:
            EngineStartError: it does not start any more.
        """
        await self.house.ready()

    async def obtain_model(self) -> LocalModel:
        """The configured model, pulled if need be; the demo model if nothing can be reached."""
        return await self.house.obtain(self.settings.model, fallback=self._fallback)

    @property
    def model_id(self) -> str:
        """The model that writes: its id in the catalogue, or its name at the engine elsewhere."""
        return self.house.client.offer.model if self.model is None else self.model.model.id

    async def plan(self, brief: Brief, seed: int) -> Plan:
        """Title and sections for `brief`.

        Raises:
            EngineError
        """
        return await self._plan(brief, self.client, seed)

    async def _plan(self, brief: Brief, client: EngineClient, seed: int) -> Plan:
        return await make_plan(brief, client, preset("outline", self._overrides()), seed)

    async def preview(self, brief: Brief) -> Preview:
        """What `brief` comes to: prompt, budget, faults, time; nothing is generated.

        Raises:
            EngineError
        """
        return await preview(brief, self.client, self.settings.prompt_tokens, self.speed)

    @property
    def speed(self) -> Speed | None:
        """The engine's, as measured so far; none before anything was."""
        return self.house.client.totals.speed

    async def plan_again(self, plan: Plan, index: int, seed: int) -> Plan:
        """The plan with another heading in the place of section `index` (from 0).

        Raises:
            EngineError
        """
        sampling = preset("outline", self._overrides())
        return await plan_again(plan, index, self.client, sampling, seed)

    async def write(
        self,
        work: Brief | Plan | Manuscript,
        *,
        mode: Mode = "careful",
        seed: int | None = None,
    ) -> AsyncGenerator[WritingEvent]:
        """Write a brief, a plan, or what is missing of a manuscript, to the end.

        A manuscript that is handed in is kept up to date.

        Raises:
            EngineError: what was written so far has been handed out.
        """
        seed = new_seed() if seed is None else seed
        from_model = mode != "plain" and isinstance(work, Brief) and not work.structure
        manuscript = (
            work
            if isinstance(work, Manuscript)
            else Manuscript(await self.plan_for(work, mode, seed))
        )
        brief = manuscript.plan.brief
        self._warn_of_language(brief)
        yield PlanReady(plan=manuscript.plan, from_model=from_model)
        if mode == "plain":
            events = write_plainly(manuscript, self.client, self._options(brief, seed))
        else:
            events = self.writer(manuscript, mode, seed).write()
        async for event in events:
            yield event

    def writer(
        self, manuscript: Manuscript, mode: Mode, seed: int, tally: Tally | None = None,
        window: PromptWindow | None = None,
    ) -> DocumentWriter:  # fmt: skip
        """A writer of what is missing in `manuscript`; see `DocumentWriter`."""
        options = self._options(manuscript.plan.brief, seed)
        client = self.house.client
        return DocumentWriter(manuscript, client, options, mode, tally=tally, window=window)

    def polish(self, text: str, brief: Brief, seed: int) -> AsyncGenerator[Proposal]:
        """Propose edits for a Markdown text; see `xiezuo.writing.polish`."""
        return polish(text, self._pen(brief, seed, "polish"))

    async def ask(
        self, brief: Brief, selection: Selection, action: Action, detail: str = "", seed: int = 1
    ) -> Asked:
        """Do `action` on a selection; the answer is edits.

        Raises:
            EngineError
        """
        return await ask(self._pen(brief, seed), selection, action, detail)

    def asking(
        self, brief: Brief, selection: Selection, action: Action, detail: str = "", seed: int = 1
    ) -> AsyncGenerator[str | Asked]:
        """As `ask`, but first the pieces of the answer as they come."""
        return asking(self._pen(brief, seed), selection, action, detail)

    async def revise(
        self, manuscript: Manuscript, instruction: str, history: Sequence[str], seed: int = 1
    ) -> Round:
        """Do what `instruction` says to the section it is about; see `xiezuo.writing.rounds`.

        Raises:
            EngineError
        """
        budget = self.settings.prompt_tokens // _HISTORY_SHARE
        pen = self._pen(manuscript.plan.brief, seed)
        return await answer(pen, manuscript, instruction, history, budget)

    def revising(
        self, manuscript: Manuscript, instruction: str, history: Sequence[str], seed: int = 1
    ) -> AsyncGenerator[str | Round]:
        """As `revise`, but first the pieces of the answer as they come."""
        budget = self.settings.prompt_tokens // _HISTORY_SHARE
        pen = self._pen(manuscript.plan.brief, seed)
        return answering(pen, manuscript, instruction, history, budget)

    def candidate(
        self, manuscript: Manuscript, index: int, seed: int, temperature: float | None = None,
        instruction: str = "",
    ) -> AsyncGenerator[WritingEvent]:  # fmt: skip
        """Another text for section `index`; see `xiezuo.writing.candidate`."""
        options = self._options(manuscript.plan.brief, seed)
        if temperature is not None:
            sampling = replace(options.sampling, temperature=temperature)
            options = replace(options, sampling=sampling)
        return write_candidate(manuscript, index, self.client, options, instruction)

    async def mend(
        self, brief: Brief, heading: str, body: str, fault: Marked, seed: int = 1
    ) -> Mended:
        """Edits against one fault of a section; see `xiezuo.writing.mend`.

        Raises:
            EngineError
        """
        return await mend_one(self._pen(brief, seed), heading, body, fault)

    def _pen(self, brief: Brief, seed: int, task: Task = "rewrite") -> Pen:
        return Pen(self.client, brief, preset(task, self._overrides()), seed)

    def _options(self, brief: Brief, seed: int) -> Options:
        return Options(
            sampling=preset(_TASK_OF_KIND.get(brief.kind, "article"), self._overrides()),
            rewriting=preset("rewrite", self._overrides()),
            seed=seed,
            prompt_tokens=self.settings.prompt_tokens,
            run_code=self.settings.run_code,
        )

    async def plan_for(self, work: Brief | Plan, mode: Mode, seed: int) -> Plan:
        """The plan that `mode` follows: none at all in plain mode.

        Raises:
            EngineError
        """
        if isinstance(work, Plan):
            return work
        if mode == "plain":
            return Plan(brief=work, title=None, sections=())
        return await self._plan(work, self.house.client, seed)

    def _warn_of_language(self, brief: Brief) -> None:
        languages = self.model.model.languages if self.model is not None else ()
        if languages and brief.written_in not in languages:
            known = " ".join(languages)
            self._listeners.on_notice(
                Text(
                    f"This model writes {known} only; the brief asks for {brief.written_in}, "
                    "so expect nonsense.",
                    f"该模型只会写 {known}，而要求的语言是 {brief.written_in}，结果可能不知所云。",
                )
            )

    def _overrides(self) -> Mapping[str, Mapping[str, float]]:
        return self.model.model.sampling if self.model is not None else {}

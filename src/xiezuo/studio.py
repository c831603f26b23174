"""The composition root: settings in, a studio that writes out. Everything else receives values."""

import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

from xiezuo import machine
from xiezuo.engine import launch
from xiezuo.engine.address import Address
from xiezuo.engine.client import EngineClient
from xiezuo.engine.download import PullProgress, obtain
from xiezuo.engine.launch import LaunchPlan
from xiezuo.engine.models import LocalModel, Model, ModelStore
from xiezuo.engine.process import EngineProcess
from xiezuo.engine.sampling import Task, preset
from xiezuo.engine.sources import Hubs
from xiezuo.errors import EngineMemoryError
from xiezuo.language import Text
from xiezuo.settings import Settings
from xiezuo.writing import prompts
from xiezuo.writing.actions import Action, Asked, Pen, Selection, ask
from xiezuo.writing.brief import Brief, Kind
from xiezuo.writing.budget import PromptWindow
from xiezuo.writing.document import DocumentWriter
from xiezuo.writing.drafting import Options, Tally
from xiezuo.writing.events import PlanReady, WritingEvent
from xiezuo.writing.manuscript import Manuscript
from xiezuo.writing.outline import make_plan, plan_again
from xiezuo.writing.plain import write_plainly
from xiezuo.writing.plan import Mode, Plan
from xiezuo.writing.polish import Proposal, polish
from xiezuo.writing.rounds import Round, answer
from xiezuo.writing.sandbox import find_sandbox

_TASK_OF_KIND: Mapping[Kind, Task] = {"story": "story", "answer": "answer"}
_HISTORY_SHARE = 8  # one token in so many may tell of earlier rounds
_WORKING_MEMORY = 300_000_000  # bytes beside weights and KV: compute buffers, the program itself


def _ignore(*_: object) -> None:
    """The listener of those who do not listen."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """What a studio reports while it gets ready.

    `on_pull` a download's progress, `on_load` the share of the model loaded (0–1), `on_notice` a
    sentence for the user.
    """

    on_pull: Callable[[Model, PullProgress], None] = _ignore
    on_load: Callable[[float], None] = _ignore
    on_notice: Callable[[Text], None] = _ignore


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

    Raises (on entering):
        ModelError, EngineError, DiskFullError, OutputPathError, PromptError,
        SandboxMissingError
    """

    def __init__(
        self, settings: Settings, listeners: Listeners | None = None, *, fallback: bool = True
    ) -> None:
        self.settings = settings
        self._listeners = listeners or Listeners()
        self._fallback = fallback
        self._stack = AsyncExitStack()
        self.client: EngineClient
        self.process: EngineProcess | None = None
        self.model: LocalModel | None = None

    async def __aenter__(self) -> Self:
        prompts.use_folder(self.settings.prompts_dir)
        if self.settings.run_code:
            find_sandbox()
        async with AsyncExitStack() as stack:
            self.client = await stack.enter_async_context(await self._client(stack))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _client(self, stack: AsyncExitStack) -> EngineClient:
        stall = self.settings.engine.stall_seconds
        address = remote_address(self.settings)
        if address is not None:
            return EngineClient(address, stall_seconds=stall)
        self.model = await self.obtain_model()
        plan = await launch_plan(self.settings, self.model)
        process = EngineProcess(plan, self._listeners.on_load)
        self.process = await stack.enter_async_context(process)
        return EngineClient(process.address, stall_seconds=stall, ready=process.ready)

    async def obtain_model(self) -> LocalModel:
        """The configured model, pulled if need be; the demo model if nothing can be reached."""
        return await obtain(
            self.settings.model,
            model_store(self.settings),
            hubs(self.settings),
            self._listeners.on_pull,
            self._listeners.on_notice,
            fallback=self._fallback,
        )

    async def plan(self, brief: Brief, seed: int) -> Plan:
        """Title and sections for `brief`.

        Raises:
            EngineError
        """
        return await make_plan(brief, self.client, preset("outline", self._overrides()), seed)

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
        return DocumentWriter(manuscript, self.client, options, mode, tally=tally, window=window)

    def polish(self, text: str, brief: Brief, seed: int) -> AsyncGenerator[Proposal]:
        """Propose edits for a Markdown text; see `xiezuo.writing.polish`."""
        return polish(text, Pen(self.client, brief, preset("polish", self._overrides()), seed))

    async def ask(
        self, brief: Brief, selection: Selection, action: Action, detail: str = "", seed: int = 1
    ) -> Asked:
        """Do `action` on a selection; the answer is edits.

        Raises:
            EngineError
        """
        pen = Pen(self.client, brief, preset("rewrite", self._overrides()), seed)
        return await ask(pen, selection, action, detail)

    async def revise(
        self, manuscript: Manuscript, instruction: str, history: Sequence[str], seed: int = 1
    ) -> Round:
        """Do what `instruction` says to the section it is about; see `xiezuo.writing.rounds`.

        Raises:
            EngineError
        """
        pen = Pen(self.client, manuscript.plan.brief, preset("rewrite", self._overrides()), seed)
        budget = self.settings.prompt_tokens // _HISTORY_SHARE
        return await answer(pen, manuscript, instruction, history, budget)

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
        return await self.plan(work, seed)

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


def new_seed() -> int:
    return secrets.randbelow(2**31)


def model_store(settings: Settings) -> ModelStore:
    return ModelStore(settings.models_dir, settings.user_catalogue)


def hubs(settings: Settings) -> Hubs:
    return Hubs(
        modelscope=settings.hub.modelscope,
        huggingface=settings.hub.huggingface,
        mirror=settings.hub.mirror,
        probe_seconds=settings.hub.probe_seconds,
    )


def remote_address(settings: Settings) -> Address | None:
    """The engine at `engine.base_url`, if one is configured."""
    engine = settings.engine
    if engine.base_url is None:
        return None
    key = engine.api_key.get_secret_value() if engine.api_key is not None else None
    return Address(base_url=str(engine.base_url), api_key=key, model=engine.model)


async def launch_plan(
    settings: Settings, model: LocalModel, slots: int | None = None
) -> LaunchPlan:
    """How to run `model` here.

    Raises:
        EngineMemoryError: it would not fit into memory.
        EngineStartError: the configured server cannot be used.
    """
    engine = settings.engine
    slots = slots or engine.slots
    trained = model.header.context_length or engine.context
    context = min(engine.context, trained)
    needed = memory_needed(model, context * slots, settings)
    available = machine.available_memory()
    if needed > available:
        raise EngineMemoryError(
            model=model.model.id,
            needed=machine.human(needed),
            available=machine.human(available),
        )
    return LaunchPlan(
        model=model.path,
        context=context,
        slots=slots,
        threads=engine.threads or machine.usable_cores(),
        kv_type=engine.kv_type,
        repack=engine.repack,
        server=await launch.find_server(engine.server, settings.logs_dir),
        logs_dir=settings.logs_dir,
        load_seconds=engine.load_seconds,
    )


def memory_needed(model: LocalModel, context: int, settings: Settings) -> int:
    """Bytes an engine takes: weights once, KV cache of `context` tokens, working memory."""
    kv = model.header.kv_bytes_per_token(settings.engine.kv_type) * context
    return int(model.header.tensor_bytes + kv) + _WORKING_MEMORY

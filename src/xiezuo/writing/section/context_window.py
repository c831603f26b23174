"""The context window: the part of the document that the model sees when it continues."""

from xiezuo.engine.client import EngineClient
from xiezuo.engine.protocol import Message
from xiezuo.errors import ContextOverflowError
from xiezuo.writing import prompts
from xiezuo.writing.model.outline import Outline
from xiezuo.writing.section.running_memory import running_memory

SMALLEST_VIEW = 128  # tokens of the text so far; with fewer the model cannot continue
MEMORY_SHARE = 8  # one token in 8 is for the running memory
CHARACTERS_PER_TOKEN = {"en": 4.0, "zh": 1.3}  # lower estimates: the memory stays within its share
SMALLEST_ANSWER = 256  # tokens that one call must be able to write
TEMPLATE_TOKENS = 64  # what chat templates add around messages; ChatML adds 20


class ContextWindow:
    """Builds prompts: brief and outline, which never change, and the end of the document.

    The view of the document moves only when it is full, and then by half. Between two moves every
    prompt starts with the whole previous prompt, which is in the KV cache. A running memory, which
    changes only when the view moves, replaces the text before the view.

    Attributes:
        start: offset in the document where the view starts.
        room: tokens that one call may write after the last prompt.
    """

    def __init__(self, outline: Outline, engine: EngineClient, prompt_tokens: int) -> None:
        self._arguments = (outline, engine, prompt_tokens)
        self._brief = outline.brief
        self._engine = engine
        self._limit = prompt_tokens
        if engine.capabilities.context is not None:
            self._limit = self.limit_of(prompt_tokens, engine.capabilities.context)
        self._level = outline.level
        self._sections = outline.sections
        self._system = Message("system", prompts.system(outline.brief))
        self._memory = ""
        self.start = 0
        self.room = 0
        self.enter(0)

    @staticmethod
    def limit_of(prompt_tokens: int, context: int) -> int:
        """The budget in an engine's `context`, which must also hold an answer."""
        return min(prompt_tokens, context - SMALLEST_ANSWER)

    @property
    def fixed(self) -> tuple[Message, Message]:
        """The start of every prompt: system message, brief and outline."""
        return self._fixed

    def fresh(self) -> "ContextWindow":
        """A new window for the same outline, which starts with an empty view."""
        return ContextWindow(*self._arguments)

    def enter(self, index: int) -> None:
        """Prepare for section `index`; other chapters are shown by their headings only."""
        request = prompts.document(self._brief, self._sections, index)
        question = Message("user", f"{prompts.brief(self._brief)}\n\n{request}")
        self._fixed = (self._system, question)

    async def messages(self, document: str, heading: str) -> tuple[Message, ...]:
        """The prompt with which the model continues `document` in the section `heading`.

        Raises:
            ContextOverflowError: brief and outline alone fill the budget.
        """
        tail = self._tail(heading)
        reserve = self._limit // MEMORY_SHARE if self.start else 0
        fixed = (
            reserve
            + TEMPLATE_TOKENS
            + sum(
                [
                    await self._engine.count_tokens(message.content)
                    for message in (*self._fixed, *tail)
                ]
            )
        )
        free = self._limit - fixed
        if free < SMALLEST_VIEW:
            raise ContextOverflowError(prompt_tokens=fixed + SMALLEST_VIEW, context=self._limit)
        view = document[self.start :]
        used = await self._engine.count_tokens(view)
        if used > free and not reserve:
            free -= self._limit // MEMORY_SHARE
            fixed += self._limit // MEMORY_SHARE
        while used > free:
            step = len(view) - len(view) * max(free, SMALLEST_VIEW) // (2 * used)
            self.start += _next_paragraph(view, step)
            view = document[self.start :]
            used = await self._engine.count_tokens(view)
            self._memory = self._remember(document[: self.start])
            if used <= SMALLEST_VIEW:
                break
        context = self._engine.capabilities.context
        self.room = context - fixed - used if context is not None else self._limit
        system, user = self._fixed
        if self._memory:
            user = Message("user", f"{user.content}\n\n{self._memory}")
        return (system, user, Message("assistant", view), *tail)

    def _remember(self, text: str) -> str:
        language = self._brief.written_in
        room = self._limit // MEMORY_SHARE * CHARACTERS_PER_TOKEN[language]
        memory = running_memory(
            text, language, round(room) - len(prompts.memory(self._brief, "")), self._level
        )
        return prompts.memory(self._brief, memory) if memory else ""

    def _tail(self, heading: str) -> tuple[Message, ...]:
        """The instruction for an engine that cannot continue an answer."""
        if self._engine.capabilities.continuation == "none":
            return (Message("user", prompts.go_on(self._brief, heading)),)
        return ()


def _next_paragraph(text: str, position: int) -> int:
    """The start of the next paragraph, line or word after `position`, else `position`."""
    for gap in ("\n\n", "\n", " "):
        offset = text.find(gap, position)
        if 0 <= offset < len(text) - 1:
            return offset + len(gap)
    return position

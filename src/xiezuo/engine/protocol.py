"""What goes to an engine and what comes back."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Literal

from xiezuo.engine.sampling import Sampling
from xiezuo.engine.speed import Meter, Rate, Speed

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]

# Chat-template markers of the common model families: ChatML, Llama, Gemma, Mistral, DeepSeek.
_CONTROL = re.compile(
    r"<(?=\|[^|<>\n]{1,40}\|>|/?think>|/?s>|(?:start|end)_of_turn>|｜[^｜<>\n]{1,40}｜>)"
    r"|\[(?=/?INST\])"
)
_WORD_JOINER = "\u2060"
LEAST_READ, LEAST_WRITTEN = 64, 16  # tokens that tell a speed


def as_text(content: str) -> str:
    """`content` with every control marker broken by an invisible word joiner.

    Engines render chat templates before they tokenize, so `<|im_end|>` inside a user's text would
    end his message (llama.cpp issue 24382).
    """
    return _CONTROL.sub(lambda found: found.group() + _WORD_JOINER, content)


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; its content is always text, never control tokens."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat completion to stream.

    A trailing assistant message is continued, not answered. `slot` pins the KV cache used;
    `grammar` is GBNF. Fields that an engine does not offer are left out of what it is sent.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    max_tokens: int
    seed: int | None = None
    slot: int | None = None
    grammar: str | None = None
    stop: tuple[str, ...] = ()
    cache_prompt: bool = True
    ignore_eos: bool = False


@dataclass(frozen=True, slots=True)
class Prefill:
    """The prompt is being read: `processed` of `total` tokens, `cached` of them from KV cache."""

    processed: int
    total: int
    cached: int


@dataclass(frozen=True, slots=True)
class Delta:
    """Newly generated text."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Timings:
    """llama.cpp's own account; `prompt_n` excludes the `cache_n` tokens found in KV cache.

    What an engine does not report is 0.
    """

    cache_n: int = 0
    prompt_n: int = 0
    prompt_ms: float = 0.0
    predicted_n: int = 0
    predicted_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """The last event. `timings` only where the engine reports them."""

    finish_reason: FinishReason
    usage: Usage | None
    timings: Timings | None


StreamEvent = Prefill | Delta | Done


WAIT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


@dataclass
class EngineTotals:
    """What one client asked of its engine since it was made.

    Attributes:
        prompt: prompt tokens, `cached` of them found in the KV cache.
        waited: seconds until the first token, over all requests.
        waits: how many of these waits were as long as each of `WAIT_SECONDS`, and longer.
        reading, writing: prompt tokens that were not cached, and tokens generated, with the
            seconds they took: the engine's own account where it gives one.
        now: counts the tokens of all streams together.
    """

    requests: int = 0
    tokens: int = 0
    prompt: int = 0
    cached: int = 0
    waited: float = 0.0
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAIT_SECONDS) + 1))
    reading: Rate = field(default_factory=Rate)
    writing: Rate = field(default_factory=Rate)
    now: Meter = field(default_factory=Meter)

    def begun(self, seconds: float) -> None:
        """The first token of a request came, so many seconds after it was asked for."""
        self.waited += seconds
        self.waits[bisect_left(WAIT_SECONDS, seconds)] += 1

    def forget_speed(self) -> None:
        """Another engine is asked from now on."""
        self.reading, self.writing, self.now = Rate(), Rate(), Meter()

    def expect(self, speed: Speed) -> None:
        """Take a speed that was measured earlier, until there is enough to measure it again."""
        self.reading.add(LEAST_READ, LEAST_READ / speed.prefill)
        self.writing.add(LEAST_WRITTEN, LEAST_WRITTEN / speed.decode)

    @property
    def speed(self) -> Speed | None:
        """As measured; none before there was enough to measure."""
        reading, writing = self.reading, self.writing
        if reading.tokens < LEAST_READ or writing.tokens < LEAST_WRITTEN:
            return None
        prefill, decode = reading.per_second, writing.per_second
        return Speed(prefill, decode) if prefill and decode else None

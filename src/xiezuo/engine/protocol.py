"""Requests to an engine and the events it streams back."""

import re
from dataclasses import dataclass
from typing import Literal

from xiezuo.engine.sampling import Sampling

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]

# Chat-template markers of the common model families: ChatML, Llama, Gemma, Mistral, DeepSeek.
_CONTROL = re.compile(
    r"<(?=\|[^|<>\n]{1,40}\|>|/?think>|/?s>|(?:start|end)_of_turn>|｜[^｜<>\n]{1,40}｜>)"
    r"|\[(?=/?INST\])"
)
_WORD_JOINER = "\u2060"


def as_text(content: str) -> str:
    """`content` with every control marker broken by an invisible word joiner.

    Engines render chat templates before they tokenize, so `<|im_end|>` inside a user's text would
    end their message (llama.cpp issue 24382).
    """
    return _CONTROL.sub(lambda match: match.group() + _WORD_JOINER, content)


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; its content is always text, never control tokens."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat completion to stream.

    A trailing assistant message is continued, not answered. `slot` pins the KV cache used;
    `grammar` is GBNF. Fields that an engine does not support are not sent to it.
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
    """llama.cpp's own measurements; `prompt_n` excludes the `cache_n` tokens found in KV cache.

    A value that the engine does not report is 0.
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

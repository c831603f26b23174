"""Sampling presets, one per task; each number has its source.

Sources:
    [A] the article this project starts from (`docs/reference/sampling.md`): temperature 0.7,
        top_p 0.9, repetition_penalty 1.1; 512 new tokens for an answer, 1024–2048 for long form.
    [Q] model card of Qwen3-4B-Instruct-2507: temperature 0.7, top_p 0.8, top_k 20, min_p 0,
        presence_penalty 0–2 against endless repetition ("higher values may mix languages").
    [D] DRY's author (text-generation-webui pull request 5677): multiplier 0.8, base 1.75,
        allowed length 2; the window covers what one call may write.
    [X] our own choice, with the reason beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

Task = Literal["answer", "outline", "article", "story", "code", "rewrite", "polish"]
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Token sampling for one request, under llama.cpp's names.

    `repeat_last_n` and `dry_penalty_last_n` are windows in tokens; `max_tokens` limits one call.
    """

    temperature: float = 0.7  # [A] [Q]
    top_p: float = 0.9  # [A]; [Q] says 0.8, which the catalogue sets for that model
    top_k: int = 20  # [Q]; llama.cpp's default of 40 lets more unlikely tokens in
    min_p: float = 0.0  # [Q]; llama.cpp's default of 0.05 is not the model card's
    repeat_penalty: float = 1.1  # [A]
    repeat_last_n: int = 256  # [X] a paragraph or two; llama.cpp's 64 misses repeated sentences
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75  # [D]
    dry_allowed_length: int = 2  # [D]
    dry_penalty_last_n: int = 1024  # [X] must be ≥ 0 in current builds; see [D]
    max_tokens: int = 2048  # [A]


PRESETS: Mapping[Task, Sampling] = {
    "answer": Sampling(max_tokens=512),  # [A]
    # [X] a plan should follow the brief without surprises; its headings share words on purpose,
    # so nothing is penalised.
    "outline": Sampling(temperature=0.3, repeat_penalty=1.0, max_tokens=1024),
    "article": Sampling(dry_multiplier=0.8),  # [A] [D]
    # [X] fiction gains from variety; names and pet phrases must return, so DRY works at length 4.
    "story": Sampling(
        temperature=0.9,
        top_p=0.95,
        top_k=40,
        repeat_penalty=1.05,
        dry_multiplier=0.8,
        dry_allowed_length=4,
    ),
    # [X] code repeats identifiers and syntax by nature: penalties break it.
    "code": Sampling(temperature=0.2, repeat_penalty=1.0),
    # [X] a rewritten text must keep its meaning; all of its words may recur.
    "rewrite": Sampling(temperature=0.5, repeat_penalty=1.0, max_tokens=1024),
    "polish": Sampling(temperature=0.2, repeat_penalty=1.0, max_tokens=1024),
}

FIELDS = frozenset(field.name for field in fields(Sampling))


def preset(task: Task, overrides: Mapping[str, Mapping[str, float]] | None = None) -> Sampling:
    """The preset of `task` with a model's overrides: those for `all`, then those for the task."""
    changes = {
        name: value
        for scope in ("all", task)
        for name, value in (overrides or {}).get(scope, {}).items()
    }
    return replace(PRESETS[task], **changes)  # pyright: ignore[reportArgumentType]

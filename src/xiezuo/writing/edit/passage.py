"""Rewriting a passage until a fault is gone: one candidate for each answer of the model."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

from xiezuo.lint.detectors.chatter import is_chatter
from xiezuo.markdown.edits import Edits
from xiezuo.markdown.words import count_words
from xiezuo.writing.edit.rewrite import Rewrite, RewriteContext, Selection, rewrite
from xiezuo.writing.model.candidate import SOUND, Candidate

TRIES = 3  # answers for one passage


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageCandidate(Candidate):
    """A text for a passage; `edits` put it into the body that holds the passage."""

    edits: Edits


async def rewrite_until_sound(
    pen: RewriteContext, selection: Selection, fault: str, score: Callable[[Rewrite], float]
) -> AsyncGenerator[PassageCandidate]:
    """Ask for the passage without the fault, with another seed each time.

    Ends after the first answer whose score is `SOUND`, or after `TRIES` answers.

    Raises:
        EngineError
    """
    for attempt in range(TRIES):
        answer = await rewrite(replace(pen, seed=pen.seed + attempt), selection, "mend", fault)
        candidate = PassageCandidate(
            body=answer.text, score=score(answer), tokens=answer.tokens, edits=answer.edits
        )
        yield candidate
        if candidate.score == SOUND:
            return


def is_passage(old: str, new: str, shortest: float) -> bool:
    """Whether `new` is long enough to replace `old`, and does not talk to the user.

    Args:
        old: the passage.
        new: the model's answer.
        shortest: the share of the old passage's words that the answer must have.
    """
    long_enough = count_words(new) >= shortest * count_words(old)
    return long_enough and not is_chatter(new[:200], opening=True)

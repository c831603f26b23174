"""Progress of a download in text."""

from xiezuo.engine.models.download import PullProgress
from xiezuo.engine.models.store import Model
from xiezuo.machine import human

PLAIN_STEP_SECONDS = 5.0  # between two lines of progress where no line can be replaced


def describe_pull(model: Model, progress: PullProgress) -> str:
    """Size, speed and remaining time of a download in one line."""
    total = human(progress.total) if progress.total else "?"
    return f"{model.id} · {human(progress.done)}/{total} · {describe_rate(progress)}"


def describe_rate(progress: PullProgress) -> str:
    left = f" · {clock(progress.seconds_left)}" if progress.seconds_left is not None else ""
    return f"{human(progress.rate)}/s{left}"


def clock(seconds: float) -> str:
    """Format a duration: 3725 becomes `1:02:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

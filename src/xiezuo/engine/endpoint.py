"""Where an engine listens, and the HTTP connection to it."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

import httpx

CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible engine: `base_url` ends in `/v1`; `socket` is for a local engine.

    `model` is the name to request; None means the first one the engine lists.
    """

    base_url: str
    api_key: str | None = None
    socket: Path | None = None
    model: str | None = None

    @property
    def root(self) -> str:
        """The address without `/v1`, where engines serve what OpenAI's API does not have."""
        return self.base_url.rstrip("/").removesuffix("/v1")

    def __repr__(self) -> str:
        return f"Address({self.base_url!r}, socket={self.socket}, model={self.model!r})"

    def http(self) -> httpx.AsyncClient:
        """A client without a read timeout, because a slow CPU may be silent for long.

        Proxy variables are respected except for loopback addresses.
        """
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket)) if self.socket else None
        return httpx.AsyncClient(
            transport=transport,
            headers=headers,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS, pool=None, write=CONNECT_SECONDS),
            trust_env=self.socket is None and not _is_loopback(httpx.URL(self.base_url).host),
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

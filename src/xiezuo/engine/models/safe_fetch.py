"""HTTP requests that follow a hub's redirects, but never into a private network.

The operator chooses the hub itself, which may be anywhere. Every redirect is checked: its scheme,
its user part, and all addresses of its host name. The connection then goes to one of the checked
addresses, so a name that resolves differently a moment later (DNS rebinding) has no effect.
"""

import asyncio
import ipaddress
import socket
import urllib.request
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx

MOST_REDIRECTS = 8
CONNECT_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddressError(httpx.RequestError):
    """A redirect leads to a forbidden address."""


def is_public(address: str) -> bool:
    """Whether an IP address is public; for an IPv6 address that embeds an IPv4 one, the latter."""
    ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = embedded or ip
    return ip.is_global and not ip.is_multicast


@asynccontextmanager
async def fetch(
    url: str, headers: Mapping[str, str], *, seconds: float, allow_private: bool
) -> AsyncGenerator[httpx.Response]:
    """GET `url`, follow redirects and yield the final response, its body unread.

    Args:
        url: at the operator's hub, not checked.
        headers: sent with every request, redirected ones included.
        seconds: longest silence.
        allow_private: whether redirects may lead into a private network.

    Raises:
        ForbiddenAddressError: a redirect leads to a private address, to a scheme other than
            HTTP(S), from HTTPS to HTTP, or names a user; or there are too many redirects.
        httpx.HTTPError
    """
    hub = target = httpx.URL(url)
    hub_is_private = False
    for hop in range(MOST_REDIRECTS + 1):
        addresses = await _addresses(target)
        private = [address for address in addresses if not is_public(address)]
        hub_is_private = bool(private) if hop == 0 else hub_is_private
        same_origin = (target.scheme, target.netloc) == (hub.scheme, hub.netloc)
        at_hub = hop == 0 or (hub_is_private and same_origin)
        if private and not at_hub and not allow_private:
            raise ForbiddenAddressError(
                f"a redirect leads into a private network ({target.host}: {private[0]}); "
                "hub.allow_private allows it"
            )
        async with _open(target, addresses, headers, seconds) as response:
            if not response.has_redirect_location:
                yield response
                return
        target = _redirect_target(target, response)
    raise ForbiddenAddressError(f"more than {MOST_REDIRECTS} redirects")


@asynccontextmanager
async def _open(
    url: httpx.URL, addresses: Sequence[str], headers: Mapping[str, str], seconds: float
) -> AsyncGenerator[httpx.Response]:
    """The answer of the first address that can be connected to, or of what a proxy finds."""
    proxied = _has_proxy(url)
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    if not proxied and not addresses:
        raise httpx.ConnectError(f"{url.host} is not known")
    async with httpx.AsyncClient(
        timeout=timeout, trust_env=proxied, verify=httpx.create_ssl_context()
    ) as http:
        response = None
        for attempt, address in enumerate([url.host] if proxied else addresses, 1):
            request = http.build_request(
                "GET",
                url.copy_with(host=address),
                headers={**headers, "Host": url.netloc.decode()},
                extensions={"sni_hostname": url.host},
            )
            try:
                response = await http.send(request, stream=True)
                break
            except httpx.InvalidURL as error:  # httpx parses the redirect's URL
                raise ForbiddenAddressError(f"a redirect has an invalid URL: {error}") from error
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if proxied or attempt == len(addresses):
                    raise
        assert response is not None
        try:
            yield response
        finally:
            await response.aclose()


def _redirect_target(source: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        target = source.join(response.headers["location"])
    except httpx.InvalidURL as error:
        raise ForbiddenAddressError(f"a redirect has an invalid URL: {error}") from error
    if target.scheme not in _PORTS or not target.host:
        raise ForbiddenAddressError(f"a redirect leads to {target.scheme}:")
    if target.userinfo:
        raise ForbiddenAddressError("a redirect names a user")
    if source.scheme == "https" and target.scheme == "http":
        raise ForbiddenAddressError("a redirect leaves HTTPS")
    return target


async def _addresses(url: httpx.URL) -> list[str]:
    """All addresses of a host, best first; empty if its name cannot be resolved."""
    loop = asyncio.get_running_loop()
    port = url.port or _PORTS[url.scheme]
    try:
        entries = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(entry[4][0]) for entry in entries]


def _has_proxy(url: httpx.URL) -> bool:
    proxies = urllib.request.getproxies()
    configured = url.scheme in proxies or "all" in proxies
    return configured and not urllib.request.proxy_bypass(url.host)

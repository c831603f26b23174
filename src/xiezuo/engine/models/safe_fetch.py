"""HTTP to where a hub's redirects lead, and to no place inside our own network.

The hub itself is the operator's choice and may be anywhere. Every redirect is looked at: its
scheme, its user part, and all addresses that its name has. The connection then goes to an address
that was looked at, so that a name that means another place a moment later (DNS rebinding) gains
nothing.
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
    """A redirect leads where none may lead."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, whatever it is wrapped in."""
    found: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = inner or found
    return found.is_global and not found.is_multicast


@asynccontextmanager
async def fetch(
    url: str, headers: Mapping[str, str], *, seconds: float, allow_private: bool
) -> AsyncGenerator[httpx.Response]:
    """GET `url` and give the answer, yet to be read, after its redirects.

    Args:
        url: at the operator's hub: not looked at.
        headers: sent to every place.
        seconds: of silence.
        allow_private: whether redirects may lead into our own network.

    Raises:
        ForbiddenPlaceError: a redirect leads to a private address, to another scheme than HTTP(S),
            from HTTPS to HTTP, or names a user; or there are too many.
        httpx.HTTPError
    """
    first = here = httpx.URL(url)
    at_home = False  # whether the hub is in our own network
    for hop in range(MOST_REDIRECTS + 1):
        addresses = await _addresses(here)
        private = [address for address in addresses if not is_public(address)]
        at_home = bool(private) if hop == 0 else at_home
        own = hop == 0 or (at_home and (here.scheme, here.netloc) == (first.scheme, first.netloc))
        if private and not own and not allow_private:
            raise ForbiddenAddressError(
                f"a redirect leads into a private network ({here.host}: {private[0]}); "
                "hub.allow_private allows it"
            )
        async with _opened(here, addresses, headers, seconds) as response:
            if not response.has_redirect_location:
                yield response
                return
        here = _next(here, response)
    raise ForbiddenAddressError(f"more than {MOST_REDIRECTS} redirects")


@asynccontextmanager
async def _opened(
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
        for at, address in enumerate([url.host] if proxied else addresses, 1):
            request = http.build_request(
                "GET",
                url.copy_with(host=address),
                headers={**headers, "Host": url.netloc.decode()},
                extensions={"sni_hostname": url.host},
            )
            try:
                response = await http.send(request, stream=True)
                break
            except httpx.InvalidURL as error:  # httpx looks at where a redirect leads
                raise ForbiddenAddressError(f"a redirect leads nowhere: {error}") from error
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if proxied or at == len(addresses):
                    raise
        assert response is not None
        try:
            yield response
        finally:
            await response.aclose()


def _next(here: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        target = here.join(response.headers["location"])
    except httpx.InvalidURL as error:
        raise ForbiddenAddressError(f"a redirect leads nowhere: {error}") from error
    if target.scheme not in _PORTS or not target.host:
        raise ForbiddenAddressError(f"a redirect leads to {target.scheme}:")
    if target.userinfo:
        raise ForbiddenAddressError("a redirect names a user")
    if here.scheme == "https" and target.scheme == "http":
        raise ForbiddenAddressError("a redirect leaves HTTPS")
    return target


async def _addresses(url: httpx.URL) -> list[str]:
    """All addresses of a host, the best first; none where its name is not known."""
    loop = asyncio.get_running_loop()
    port = url.port or _PORTS[url.scheme]
    try:
        found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(one[4][0]) for one in found]


def _has_proxy(url: httpx.URL) -> bool:
    proxies = urllib.request.getproxies()
    known = url.scheme in proxies or "all" in proxies
    return known and not urllib.request.proxy_bypass(url.host)

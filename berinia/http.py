"""Outgoing HTTP to addresses that a user gave: never into the house.

A name is looked up once, every address it has must be public, and the connection goes to just that address:
a name that changes its mind between the check and the call gains nothing. Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi
import urllib3

CONNECT_SECONDS, ANSWER_BYTES = 5.0, 10_000
# IPv6 addresses that carry an IPv4 address in their last four bytes (RFC 6052, RFC 4291, RFC 2765).
CARRIERS = [ipaddress.ip_network(name) for name in ("64:ff9b::/96", "::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96")]
# Never a server of the internet, though Python (3.11) takes them for global: the old site-local addresses, those of
# documentation (RFC 9637) and of routers (RFC 9602), the relays of 6to4 (RFC 7526).
ODD = [ipaddress.ip_network(name) for name in ("fec0::/10", "3fff::/20", "5f00::/16", "192.88.99.0/24")]


class ForbiddenAddressError(Exception):
    """The address is not one that may be called; the text says why."""


class NoAnswerError(Exception):
    """The network failed, or nothing came in time."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back; the body is cut at 10,000 bytes."""

    status: int
    body: bytes
    retry_after: str = ""


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float, trusted: Collection[str] = ()
) -> HttpAnswer:
    """POST to a public https address and return the answer, whatever its status.

    `timeout` is in seconds. Hosts in `trusted` may be private and without TLS. Raises ForbiddenAddressError
    and NoAnswerError.
    """
    address, port = checked(url, trusted)
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    limits = urllib3.Timeout(connect=CONNECT_SECONDS, read=timeout)
    pool: urllib3.HTTPConnectionPool
    if is_tls:
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=limits, ca_certs=certifi.where(), server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=limits)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.urlopen(
            "POST", path, body, {**headers, "Host": parts.netloc}, retries=False, redirect=False, preload_content=False
        )
        content = answer.read(ANSWER_BYTES)
        return HttpAnswer(answer.status, content, answer.headers.get("Retry-After", ""))
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NoAnswerError(type(error).__name__) from None
    finally:
        pool.close()


def checked(url: str, trusted: Collection[str] = ()) -> tuple[str, int]:
    """Return the IP address and port that a call goes to. Raises ForbiddenAddressError and NoAnswerError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ForbiddenAddressError("this is no address") from None
    if parts.scheme != "https" and (host not in trusted or parts.scheme != "http"):
        raise ForbiddenAddressError("only https addresses are called")
    return _public_address(host, port, host in trusted), port


def _public_address(host: str, port: int, is_trusted: bool) -> str:
    """Return an address of a host. Raises ForbiddenAddressError if any of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAnswerError("the name is unknown") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not is_trusted and not all(map(is_public, addresses)):
        raise ForbiddenAddressError("the name leads to a private address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, also when it is wrapped in another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and any(ip in carrier for carrier in CARRIERS):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return ip.is_loopback is False and is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in ODD)

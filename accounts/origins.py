"""Origins: which pages a browser may use a publishable key from. Pure: how they are written, and which are allowed."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

MOST = 50
SCHEMES = {"http": 80, "https": 443}
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


class InvalidOriginError(ValueError):
    """This is not an origin: a scheme and a host, maybe a port, and nothing else."""


def normalize(text: str) -> str:
    """Return an origin as browsers write it: small letters, no usual port, accents as xn--.

    Raises InvalidOriginError.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        raise InvalidOriginError(text) from None
    rest = (parts.path.strip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in SCHEMES or not _is_host(host) or any(rest) or port == 0:
        raise InvalidOriginError(text)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != SCHEMES[parts.scheme] else "")


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return bool(ipaddress.IPv6Address(host))
        except ValueError:
            return False
    return len(host) <= 150 and bool(NAME.fullmatch(host))


def of_address(url: str) -> str:
    """Return the origin of a page's address, or "" when it has none."""
    try:
        parts = urlsplit(url.strip())
        return normalize(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
    except ValueError:
        return ""


def allowed(origins: Sequence[str], url: str) -> tuple[str, ...]:
    """Return the origins that a key is good for: its own, else that of the site, with and without www."""
    if origins or not (origin := of_address(url)):
        return tuple(origins)
    scheme, _, host = origin.partition("://")
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    is_name = "." in host and not re.fullmatch(r"[\d.:\[\]]+|\[.*", host)
    return (origin, f"{scheme}://{other}") if is_name else (origin,)

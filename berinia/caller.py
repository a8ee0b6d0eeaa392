"""Who calls: the address that a request came from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def ip_of(request: HttpRequest) -> str | None:
    """Return who asks: behind a proxy, whom it says it speaks for; what comes before that anybody may have written."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return known_ip(told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))


def known_ip(text: str) -> str | None:
    """Return an IP address as it is stored, or None when the text is not one."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return None if getattr(address, "scope_id", None) else str(address)

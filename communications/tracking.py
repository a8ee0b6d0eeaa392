"""Tracking: a pixel and links of our own, in emails to contacts who have agreed to either, and to nobody else.

The provider's own tracking stays switched off: it follows everybody of a domain.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

from django.conf import settings

from communications.links import public, sealed, unsealed

SALT = "communications.tracking"
LINK = re.compile(
    r"""(?P<before><a(?=\s)[^>]*?\shref\s*=\s*)(?P<quote>["'])(?P<url>.*?)(?P=quote)""", re.IGNORECASE | re.DOTALL
)
END = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a token is about: the message, and where its link leads ("": the pixel)."""

    message_id: int
    link: str


def track(html: str, message_id: int, opens: bool, clicks: bool, base_url: str, sign: Callable[[int, str], str]) -> str:
    """Return an email with a pixel at its end (`opens`) and with links that are noted (`clicks`). Pure.

    Only links to pages are changed, and none to our own: the one to unsubscribe is nobody's interest but the reader's.
    """

    def noted(found: re.Match[str]) -> str:
        url = unescape(found["url"]).strip()
        if not url.lower().startswith(("http://", "https://")) or url.startswith(f"{base_url}/"):
            return found[0]
        address = escape(f"{base_url}/c/{sign(message_id, url)}")
        return f"{found['before']}{found['quote']}{address}{found['quote']}"

    if clicks:
        html = LINK.sub(noted, html)
    if not opens:
        return html
    source = escape(f"{base_url}/o/{sign(message_id, '')}.gif")
    pixel = f'<img src="{source}" alt="" width="1" height="1" style="display:block;border:0">'
    ends = list(END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + pixel + html[at:]


def tracked(html: str, message_id: int, granted_opens: bool, granted_clicks: bool) -> str:
    """Return an email as it goes out to a contact who has agreed to that much; unchanged where nobody can reach us."""
    return track(html, message_id, granted_opens, granted_clicks, public(), sign) if settings.PUBLIC_URL else html


def sign(message_id: int, link: str) -> str:
    """Return the token of a link of a message; of its pixel when the link is empty."""
    return sealed(SALT, [message_id, link])


def seen(token: str) -> Seen | None:
    """Return what a token is about; None when it is not ours."""
    match unsealed(SALT, token):
        case [int(message_id), str(link)]:
            return Seen(message_id, link)
    return None

"""Calls to the API of a CRM: time-outs, no redirects, and what an answer means for the leads that wait for it.

An error says its code and the names of fields, never their values: what a CRM says of a lead holds personal data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from django.conf import settings

from berinia.session import CONNECT_TIMEOUT_SECONDS, pooled_session, seconds
from crm.connectors.base import Refused, Trouble

AGAIN = frozenset({408, 423, 425, 429, 477})  # 477: HubSpot is moving the account
OF_THE_LEAD = frozenset({400, 409, 413, 414, 422})
# What was written a moment ago is not found by a search yet: who repeats at once would write it twice.
SEARCH_LAG = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is an error. `content` is its JSON, or None."""

    status: int
    content: Any
    headers: Mapping[str, str]


class NotTakenError(Exception):
    """The CRM did not, or perhaps not, do what it was asked."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.trouble}: {refused.http_status or ''} {refused.code}")
        self.refused = refused


def trouble_of(status: int) -> Trouble:
    """Say what an HTTP status means. What is not about the lead must not cost it its place."""
    if status in AGAIN or status >= 500:
        return Trouble.AGAIN
    return Trouble.LEAD if status in OF_THE_LEAD else Trouble.ACCOUNT


def wait_of(reply: Reply, usual: timedelta | None = None) -> timedelta | None:
    """Return how long the CRM asks to wait, within reason."""
    asked = seconds(reply.headers.get("Retry-After")) or (usual if reply.status in AGAIN else None)
    return min(asked, LONGEST_WAIT) if asked else None


class Api:
    """One account of one CRM. `meaning` says what an answer that is an error means."""

    def __init__(self, base: str, headers: Mapping[str, str], meaning: Callable[[Reply], Refused]) -> None:
        self.base, self.headers, self.meaning = base.rstrip("/"), dict(headers), meaning
        self.session = pooled_session()

    def call(self, method: str, path: str, *, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON object that came back. Raises NotTakenError."""
        try:
            answer = self.session.request(
                method, self.base + path, json=body, params=params, headers=self.headers, allow_redirects=False,
                timeout=(CONNECT_TIMEOUT_SECONDS, settings.DELIVERY_TIMEOUT_SECONDS),
            )  # fmt: skip
        except (requests.exceptions.InvalidHeader, UnicodeError):  # its text holds the key
            raise NotTakenError(Refused(Trouble.ACCOUNT, "unusable_key", "la clé n'est pas utilisable")) from None
        except requests.RequestException as error:
            wait = SEARCH_LAG if method == "POST" else None
            refused = Refused(Trouble.AGAIN, type(error).__name__, "pas de réponse", retry_after=wait)
            raise NotTakenError(refused) from None
        content = _json(answer)
        if not 200 <= answer.status_code < 300:
            raise NotTakenError(self.meaning(Reply(answer.status_code, content, answer.headers)))
        if not isinstance(content, dict):
            refused = Refused(Trouble.AGAIN, "unreadable", "réponse illisible", answer.status_code, SEARCH_LAG)
            raise NotTakenError(refused)
        return content


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None

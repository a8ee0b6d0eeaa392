"""Alerts to Slack through an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

The address of the webhook is its key: it appears in no error and in no log, and leads to Slack only. Slack knows no
idempotency key: what is repeated after a time-out may be there twice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings

from berinia.session import CONNECT_TIMEOUT_SECONDS, pooled_session, seconds
from communications.faults import Fault
from communications.providers.base import Draft, Outgoing, Provider, Receipt, Refusal, transport_refusal

HOST = "hooks.slack.com"
# https://docs.slack.dev/reference/block-kit/blocks
LONGEST_HEADER, LONGEST_SECTION, LONGEST_TEXT, MOST_BLOCKS = 150, 3000, 40_000, 50
REASON = re.compile(r"[a-z_]{1,50}")


class Slack(Provider):
    """One incoming webhook, which is one channel of one workspace."""

    name: ClassVar[str] = "slack"
    channels: ClassVar[tuple[str, ...]] = ("slack",)
    repeat_safe: ClassVar[bool] = False
    made_from: ClassVar[tuple[str, ...]] = ("SLACK_WEBHOOK", "CALLS_TRUSTED_HOSTS", "DELIVERY_TIMEOUT_SECONDS")
    rate_setting: ClassVar[str] = "SLACK_RATE_PER_SECOND"

    # The plain text of an answer: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling-errors
    faults: ClassVar[Mapping[str, Fault]] = {
        "action_prohibited": Fault.ACCOUNT,
        "channel_is_archived": Fault.ACCOUNT,
        "channel_not_found": Fault.ACCOUNT,
        "invalid_token": Fault.ACCOUNT,
        "no_active_hooks": Fault.ACCOUNT,
        "no_service": Fault.ACCOUNT,
        "no_service_id": Fault.ACCOUNT,
        "no_team": Fault.ACCOUNT,
        "posting_to_general_channel_denied": Fault.ACCOUNT,
        "team_disabled": Fault.ACCOUNT,
        "user_not_found": Fault.ACCOUNT,
        "invalid_blocks": Fault.MESSAGE,
        "invalid_payload": Fault.MESSAGE,
        "no_text": Fault.MESSAGE,
        "too_many_attachments": Fault.MESSAGE,
        "rate_limited": Fault.PACE,
        "rollup_error": Fault.PACE,
    }

    def __init__(self, url: str, trusted: frozenset[str], timeout: float) -> None:
        parts = urlsplit(url)
        self.url, self.timeout = url, timeout
        self.leads_to_slack = (parts.scheme, parts.hostname) == ("https", HOST) or parts.hostname in trusted
        self.session = pooled_session()

    @classmethod
    def is_configured(cls) -> bool:
        return bool(settings.SLACK_WEBHOOK)

    @classmethod
    def from_settings(cls) -> "Slack":
        return cls(settings.SLACK_WEBHOOK, settings.CALLS_TRUSTED_HOSTS, settings.DELIVERY_TIMEOUT_SECONDS)

    def payload(self, draft: Draft) -> dict[str, Any]:
        title, lines = draft.subject.strip(), draft.text.strip()
        blocks: list[dict[str, Any]] = []
        if title:
            blocks.append({"type": "header", "text": _plain(title, LONGEST_HEADER)})
        blocks += [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in _parts(lines)]
        blocks = blocks[: MOST_BLOCKS - 1]
        if draft.link:
            url = urljoin(f"{settings.PUBLIC_URL}/", draft.link)
            button = {"type": "button", "text": _plain("Ouvrir", 75), "url": url}
            blocks += [{"type": "actions", "elements": [button]}] if urlsplit(url).scheme else []
        return {"text": _cut(title or lines or "BerinIA", LONGEST_TEXT), "blocks": blocks}

    def send(self, outgoing: Outgoing) -> Receipt:
        if not self.leads_to_slack:
            raise Refusal(Fault.ACCOUNT, code="wrong_host", detail=f"SLACK_WEBHOOK is no https address of {HOST}")
        try:
            answer = self.session.post(
                self.url,
                json=dict(outgoing.payload),
                timeout=(CONNECT_TIMEOUT_SECONDS, self.timeout),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise transport_refusal(error) from None  # its text holds the address
        if answer.status_code == 200:
            return Receipt(f"slack-{outgoing.key}")
        reason = answer.text.strip() if len(answer.content) < LONGEST_HEADER else ""
        code = reason if REASON.fullmatch(reason) else ""
        raise Refusal(
            self.fault_of(code, answer.status_code),
            code=code,
            http_status=answer.status_code,
            retry_after=seconds(answer.headers.get("Retry-After")),
        )

    def fault_of(self, code: str, http_status: int) -> Fault:
        """A webhook that is not there (any more) is the account's fault, whatever else the answer says."""
        if code not in self.faults and http_status in (301, 302, 307, 308, 404, 410):
            return Fault.ACCOUNT
        return super().fault_of(code, http_status)


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(text, longest), "emoji": False}


def _cut(text: str, longest: int) -> str:
    """Return a text as Slack wants it, of at most so many characters."""
    return next(_parts(text, longest), "")


def _parts(text: str, longest: int = LONGEST_SECTION) -> Iterator[str]:
    """Yield a text in parts that are not too long once `&`, `<` and `>` are written out, cut between them."""
    part = ""
    for character in text:
        written = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        if len(part) + len(written) > longest:
            yield part
            part = ""
        part += written
    if part:
        yield part

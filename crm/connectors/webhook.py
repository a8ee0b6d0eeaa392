"""A signed POST to an address of the organization's: Standard Webhooks, https://www.standardwebhooks.com.

The body is in docs/connectors.md. `webhook-id` is the same at each attempt: a receiver that keeps it takes no lead
twice. Any 2xx means that the lead was taken; `{"id": …}` in the answer is what the receiver calls it.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings

from berinia.http import ForbiddenAddressError, HttpAnswer, NoAnswerError, post
from berinia.session import seconds
from berinia.signing import signed_headers
from crm.connectors.base import Card, Connector, Found, Refused, Sent, Trouble
from crm.connectors.calls import trouble_of

LONGEST_ID = 100


class Webhook(Connector):
    """One address, one signing secret."""

    name: ClassVar[str] = "webhook"
    label: ClassVar[str] = "Webhook signé"
    hint: ClassVar[str] = "Chaque lead est envoyé par POST, signé selon Standard Webhooks (docs/connectors.md)."
    needs_secret: ClassVar[bool] = True
    needs_address: ClassVar[bool] = True
    secret_label: ClassVar[str] = "Secret de signature (whsec_…)"  # noqa: S105 - what the form calls it
    can_look_up: ClassVar[bool] = False
    batch: ClassVar[int] = 5  # a call each

    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        return {card.export_id: self._push(card) for card in cards}

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        return {}

    def check(self) -> Refused | None:
        id_ = f"ping_{self.access.connection_id}_{int(self.access.now.timestamp())}"
        answer = self._post(id_, {"type": "ping", "timestamp": self.access.now.isoformat(), "data": {}})
        return answer if isinstance(answer, Refused) else None

    def _push(self, card: Card) -> Sent | Refused:
        answer = self._post(card.key, body_of(card))
        return answer if isinstance(answer, Refused) else Sent(_id_in(answer) or card.external_id or card.key)

    def _post(self, id_: str, content: Mapping[str, Any]) -> HttpAnswer | Refused:
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        if self.wrong_secret(self.access.secret):
            return Refused(Trouble.ACCOUNT, "unusable_key", "le secret n'est pas de la forme whsec_…")
        headers = signed_headers(self.access.secret, id_, body, self.access.now) | {
            "Content-Type": "application/json", "User-Agent": "BerinIA",
        }  # fmt: skip
        try:
            answer = post(
                self.access.address, body, headers, timeout=settings.DELIVERY_TIMEOUT_SECONDS,
                trusted=settings.CALLS_TRUSTED_HOSTS,
            )  # fmt: skip
        except ForbiddenAddressError:
            return Refused(Trouble.ACCOUNT, "forbidden_address", "l'adresse n'est pas une adresse publique en https")
        except NoAnswerError as error:
            return Refused(Trouble.AGAIN, "no_answer", str(error))
        if 200 <= answer.status < 300:
            return answer
        wait = seconds(answer.retry_after)
        return Refused(trouble_of(answer.status), f"HTTP {answer.status}", "", answer.status, wait)

    @classmethod
    def wrong_secret(cls, secret: str) -> str:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        is_right = secret.startswith("whsec_") and 24 <= len(key) <= 64
        return "" if is_right else "Un secret est « whsec_ » suivi de 24 à 64 octets en base64."


def body_of(card: Card) -> dict[str, Any]:
    """Return what is sent: the same at each attempt, for the same lead as it was decided."""
    return {
        "type": "lead.exported",
        "timestamp": card.decided_at.isoformat(),
        "data": {
            "id": str(card.lead_id), "site": card.site,
            "contact": {
                "id": str(card.contact_id), "nom": card.name, "prenom": card.first_name,
                "nom_de_famille": card.last_name, "email": card.email or None, "telephone": card.phone or None,
            },
            "entreprise": {
                "nom": card.company, "taille": card.company_size, "secteur": card.sector, "region": card.region,
                "fonction": card.job_title, "decideur": card.decision_maker,
            },
            "qualification": {
                "qualite": card.quality, "score": card.score, "etape": card.stage, "raison_export": card.reason,
                "besoins": list(card.pain_points), "interets": list(card.interests), "a_savoir": list(card.insights),
            },
            "identifiant_crm": card.external_id or None,
        },
    }  # fmt: skip


def _id_in(answer: HttpAnswer) -> str:
    """Return what the receiver calls the lead, if it says so in a usable way."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return ""
    given = content.get("id") if isinstance(content, dict) else None
    is_usable = isinstance(given, str | int) and not isinstance(given, bool) and len(str(given)) <= LONGEST_ID
    return str(given) if is_usable and str(given).isprintable() else ""

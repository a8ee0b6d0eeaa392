"""WhatsApp through Twilio: https://www.twilio.com/docs/whatsapp/api

Within 24 h of a contact's last message anything may be said; at other times only a template that Meta has approved,
named by its Content SID.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings

from communications.faults import Fault
from communications.providers.base import Draft, UndeliverableError
from communications.providers.twilio_account import TwilioProvider

PREFIX = "whatsapp:"
LONGEST_VARIABLE = 1024


class TwilioWhatsApp(TwilioProvider):
    """WhatsApp of one account, from one number."""

    name: ClassVar[str] = "twilio_whatsapp"
    channels: ClassVar[tuple[str, ...]] = ("whatsapp",)
    made_from: ClassVar[tuple[str, ...]] = (*TwilioProvider.made_from, "TWILIO_WHATSAPP_NUMBER")

    # https://www.twilio.com/docs/api/errors, 63000 and above; they come at once or in a report.
    faults: ClassVar[Mapping[str, Fault]] = {
        **TwilioProvider.faults,
        "63003": Fault.ADDRESS,  # nobody on WhatsApp
        "63007": Fault.ACCOUNT,  # the sender is not on WhatsApp
        "63013": Fault.MESSAGE,  # against the rules of the channel
        "63016": Fault.MESSAGE,  # free text outside the 24 h
        "63018": Fault.PACE,  # too fast for this sender
        "63021": Fault.MESSAGE,  # a variable is empty or too long
        "63024": Fault.ADDRESS,  # not a recipient of WhatsApp
        "63032": Fault.MESSAGE,  # Meta did not let it through
        "63049": Fault.MESSAGE,  # Meta did not let this much advertising through
    }
    reported: ClassVar[Mapping[str, Fault]] = {
        "21211": Fault.ADDRESS,
        "30002": Fault.ACCOUNT,
        "63003": Fault.ADDRESS,
        "63013": Fault.MESSAGE,
        "63016": Fault.MESSAGE,
        "63018": Fault.MESSAGE,
        "63021": Fault.MESSAGE,
        "63024": Fault.ADDRESS,
        "63032": Fault.MESSAGE,
        "63049": Fault.MESSAGE,
    }
    alarming: ClassVar[frozenset[str]] = frozenset({"30002", "63013", "63018", "63021"})

    @classmethod
    def is_configured(cls) -> bool:
        return super().is_configured() and bool(settings.TWILIO_WHATSAPP_NUMBER)

    def payload(self, draft: Draft) -> dict[str, Any]:
        body = {"to": _address(draft.to), "from_": _address(draft.sender or settings.TWILIO_WHATSAPP_NUMBER)}
        if draft.is_in_session and draft.text:
            body["body"] = draft.text
        else:
            body |= _template(draft)
        if draft.callback_url:
            body["status_callback"] = draft.callback_url
        return body

    def says(self, message: Any, payload: Mapping[str, Any]) -> bool:
        """Compare texts; one from a template was written out by Twilio, so it holds our variables at least."""
        if message.from_ != payload["from_"]:
            return False
        if "body" in payload:
            return bool(message.body == payload["body"])
        variables = json.loads(payload.get("content_variables", "{}"))
        return all(value in (message.body or "") for value in variables.values())


def _address(number: str) -> str:
    return number if number.startswith(PREFIX) else PREFIX + number


def _template(draft: Draft) -> dict[str, str]:
    """Return the template of a draft. Raises UndeliverableError."""
    if not draft.content_sid:
        raise UndeliverableError(
            "hors_session",
            "Le contact n'a pas écrit sur WhatsApp depuis 24 h : il faut un modèle approuvé par Meta (Content SID).",
        )
    variables = {name: " ".join(value.split()) for name, value in draft.content_variables.items()}
    if wrong := [name for name, value in variables.items() if not 0 < len(value) <= LONGEST_VARIABLE]:
        raise UndeliverableError(
            "variable_whatsapp",
            f"Variable du modèle WhatsApp vide ou de plus de {LONGEST_VARIABLE} caractères : {', '.join(wrong)}.",
        )
    named = {"content_sid": draft.content_sid}
    if variables:
        named["content_variables"] = json.dumps(variables, sort_keys=True, ensure_ascii=False)
    return named

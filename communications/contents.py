"""Contents: what was written in a message, read off what went to any provider. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Content:
    """What a contact reads; empty parts when nothing was written yet.

    `approved` names a WhatsApp template that the provider writes out, with `variables`, a JSON document.
    """

    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    approved: str = ""
    variables: str = ""


def content_of(payload: Mapping[str, Any] | None) -> Content:
    """Return what a payload holds."""
    given = payload or {}

    def first(*names: str) -> str:
        found = next((given[name] for name in names if given.get(name)), "")
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return Content(
        first("from", "from_", "sender"), first("subject"), first("text", "body"), first("html"),
        first("content_sid"), first("content_variables"),
    )  # fmt: skip

"""What alerts are about, by how their keys begin (`provider/resend`, `unknown/12`). Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

# Each kind: how the address of the list calls it, how people read it, how its keys begin.
KINDS: Mapping[str, tuple[Any, Sequence[str]]] = {
    "messages": (
        _("messages"),
        ("unknown", "unknown-batch", "message-failed", "template", "sender", "quota", "stop", "opt-outs"),
    ),
    "fournisseurs": (_("fournisseurs"), ("provider", "account", "webhook")),
    "freins": (_("freins"), ("brake",)),
    "workflows": (_("workflows"), ("execution-failed", "schedule", "enrolment", "event", "step", "segment")),
    "leads": (_("leads et réponses"), ("lead", "reply")),
    "exports": (_("exports vers le CRM"), ("export",)),
}  # fmt: skip
OTHERS = "autres"
PREFIXES = [prefix for _label, prefixes in KINDS.values() for prefix in prefixes]


def kind_of(key: str) -> str:
    """Return the kind of an alert with this key."""
    begins = key.partition("/")[0]
    return next((name for name, (_label, prefixes) in KINDS.items() if begins in prefixes), OTHERS)

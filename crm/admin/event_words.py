"""What events are called where people read of them, and what of their data is worth a line."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Event
from crm.models.lead import Stage
from crm.write_down import Kind

LONGEST = 300
# What contacts write to us: shown as messages that came in. What we report of messages is told by the messages.
RECEIVED = {"sms_recu": gettext_lazy("SMS reçu"), "whatsapp_recu": gettext_lazy("WhatsApp reçu")}
TITLES: Mapping[str, Any] = {
    **RECEIVED,
    "desinscription": gettext_lazy("Désinscription"),
    "reinscription": gettext_lazy("Réinscription"),
    "interaction": gettext_lazy("Interaction"),
    "lead_classe": gettext_lazy("Lead classé"),
    "lead_etape": gettext_lazy("Changement d'étape"),
    "tache_terminee": gettext_lazy("Tâche terminée"),
    "contact_importe": gettext_lazy("Contact importé"),
    "contact_fusionne": gettext_lazy("Contact fusionné"),
    "workflow_demarre": gettext_lazy("Workflow démarré"),
    "agent_repondu": gettext_lazy("Un agent a répondu"),
    "agent_echoue": gettext_lazy("Un agent n'a pas répondu"),
    "appel_http_abouti": gettext_lazy("Appel HTTP abouti"),
    "appel_http_echoue": gettext_lazy("Appel HTTP échoué"),
}
ICONS = {
    "interaction": "forum", "lead_classe": "thermostat", "lead_etape": "moving", "tache_terminee": "task_alt",
    "desinscription": "unsubscribe", "reinscription": "how_to_reg", "sms_recu": "sms", "whatsapp_recu": "chat",
    "contact_importe": "upload_file", "contact_fusionne": "merge",
}  # fmt: skip


def title_of(event: Event) -> Any:
    """Return what an event is called: an event of a site by the name that the site gave it."""
    if event.name == "interaction":
        kind = str(event.data.get("type", ""))
        return str(Kind(kind).label).capitalize() if kind in Kind.values else TITLES[event.name]
    return TITLES.get(event.name, event.name)


def text_of(event: Event) -> str:
    """Return what an event says, in a line."""
    data = event.data if isinstance(event.data, dict) else {}
    match event.name:
        case "sms_recu" | "whatsapp_recu":
            return str(data.get("texte", ""))
        case "interaction":
            return " — ".join(filter(None, (str(data.get("texte", "")), str(data.get("issue", "")))))
        case "lead_etape":
            return _moved(data)
        case "lead_classe":
            return _("%(quality)s, score %(score)s") % {"quality": data.get("qualite"), "score": data.get("score")}
        case "tache_terminee":
            return str(data.get("titre", ""))
    return ", ".join(f"{key} : {value}" for key, value in data.items())[:LONGEST]


def _moved(data: Mapping[str, Any]) -> str:
    labels = dict(Stage.choices)
    at, to = (labels.get(stage, stage) for stage in (str(data.get("de", "")), str(data.get("a", ""))))
    reason = f" ({data['raison']})" if data.get("raison") else ""
    return f"{at} → {to}{reason}"

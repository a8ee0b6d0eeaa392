"""How a weekly report reads: its figures with their names, in the page and in the email (HTML and text)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from berinia.formats import duration, euros, number, percent
from communications.alert_texts import absolute
from communications.rendering import Rendered

SALT = "communications.reports"
CHANNELS = {"email": "Email", "sms": "SMS", "whatsapp": "WhatsApp"}


def email_of(content: Mapping[str, Any], report_id: int, stop: str) -> Rendered:
    """Write the email of a report; the same report makes the same bytes."""
    path = reverse("admin:communications_weeklyreport_change", args=[report_id])
    variables = {
        **shown(content), "url": absolute(path), "stop_url": stop,
        "preferences_url": absolute(reverse("admin:communications_notification_preferences")),
    }  # fmt: skip
    subject = _("[BerinIA] %(name)s : votre semaine du %(first)s") % {
        "name": content["organisation"], "first": f"{date.fromisoformat(content['du']):%d/%m/%Y}",
    }  # fmt: skip
    html = render_to_string("pages/report_email.html", variables)
    return Rendered(" ".join(subject.split()), html, render_to_string("pages/report_email.txt", variables))


def shown(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report with everything written as people read it."""
    first, last = date.fromisoformat(content["du"]), date.fromisoformat(content["au"])
    cost = sum(line["cout_euros"] for line in content["messages"])
    agents = content["agents"]
    return {
        "name": content["organisation"], "first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}",
        "week": first.isocalendar().week, "sites": content["sites"],
        "counts": [_count(line) for line in content["chiffres"]],
        "measures": [_measure(line) for line in content["indicateurs"]],
        "sectors": [_sector(line) for line in content["secteurs"]],
        "workflows": [
            {**line, "commencees": number(line["commencees"]), "converties": number(line["converties"]),
             "taux": percent(line["taux"], 1), "messages": number(line["messages"])}
            for line in content["workflows"]
        ],
        "waiting": content["a_traiter"],
        "channels": [_channel(line) for line in content["messages"]],
        "cost": euros(cost),
        "agents": {
            "asked": number(agents["questions"]), "cost": f"{number(agents['cout_dollars'], 2)} $",
            "unknown": number(agents["couts_inconnus"]) if agents["couts_inconnus"] else "",
        },
    }  # fmt: skip


def _names() -> Mapping[str, str]:
    return {
        "commencees": _("Exécutions commencées"), "finies": _("Exécutions finies"), "converties": _("Converties"),
        "echouees": _("Échouées"), "messages": _("Messages envoyés"), "reponses": _("Réponses reçues"),
        "messages_echoues": _("Messages échoués"), "avis": _("Avis reçus"), "conversion": _("Taux de conversion"),
        "delai": _("Délai moyen de conversion"), "satisfaction": _("Satisfaction client"),
        "reponse": _("Délai de réponse"), "ouverture": _("Taux d'ouverture"), "clic": _("Taux de clic"),
    }  # fmt: skip


def _count(line: Mapping[str, Any]) -> dict[str, Any]:
    value, before = line["valeur"], line["avant"]
    most = max(value, before, 1)
    return {
        "name": _names()[line["nom"]], "value": number(value), "before": number(before),
        "change": _change(value, before), "width": round(100 * value / most),
        "before_width": round(100 * before / most),
    }  # fmt: skip


def _change(value: int, before: int) -> str:
    if value == before:
        return "="
    sign = "+" if value > before else "−"
    part = f" ({sign}{percent(abs(value - before) / before)})" if before else ""
    return f"{sign}{number(abs(value - before))}{part}"


def _measure(line: Mapping[str, Any]) -> dict[str, Any]:
    write = duration if line["type"] == "seconds" else lambda share: percent(share, 1)
    return {
        "name": _names()[line["nom"]], "value": write(line["mesure"]), "before": write(line["avant"]),
        "target": write(line["objectif"]) if line["objectif"] is not None else "",
        "is_thin": line["trop_peu"], "sample": number(line["echantillon"]),
    }  # fmt: skip


def _sector(line: Mapping[str, Any]) -> dict[str, Any]:
    conversion, delay, satisfaction = (line["mesures"][name] for name in ("conversion", "delai", "satisfaction"))
    return {
        "name": line["nom"], "started": number(line["commencees"]), "ended": number(line["finies"]),
        "converted": number(line["converties"]),
        "conversion": _beside(conversion, percent), "delay": _beside(delay, duration),
        "satisfaction": _beside(satisfaction, percent),
        "width": min(100, round((conversion["mesure"] or 0) * 100)), "is_reached": bool(conversion["atteint"]),
    }  # fmt: skip


def _beside(measure: Mapping[str, Any], write: Any) -> str:
    if measure["objectif"] is None:
        return str(write(measure["mesure"]))
    return _("%(value)s (objectif %(target)s)") % {
        "value": write(measure["mesure"]), "target": write(measure["objectif"]),
    }  # fmt: skip


def _channel(line: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: number(line[name]) for name in ("envoyes", "remis", "ouverts", "cliques", "reponses")}
    return {"name": CHANNELS.get(line["canal"], line["canal"]), **counts, "cost": euros(line["cout_euros"])}


def stop_url(user_id: int, organization_id: int) -> str:
    """Return the link by which a person gets no more reports of an organization. It does not expire."""
    token = signing.Signer(salt=SALT).sign_object([user_id, organization_id])
    return absolute(reverse("report-stop", args=[token]))


def read_stop(token: str) -> tuple[int, int]:
    """Return whose link it is, and of which organization. Raises signing.BadSignature."""
    user_id, organization_id = signing.Signer(salt=SALT).unsign_object(token)
    return user_id, organization_id

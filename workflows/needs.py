"""What waits for a person, on some sites: how many there are, what to say of them, and where they are.

Counted by small partial indexes, and no further than anybody reads the number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from berinia.formats import number
from berinia.rows import fetch
from communications.models import Notification
from workflows.standing import by_status, standing

MOST = 10_000
ALERTS = 8
UNKNOWN = "SELECT FROM messages WHERE status = 'unknown' AND site_id = ANY(%(sites)s)"
# What waits to be approved, and pairs of contacts that may be one.
PROPOSED = """
SELECT FROM exports_leads e JOIN leads l ON l.id = e.lead_id
WHERE e.status = 'a_approuver' AND l.site_id = ANY(%(sites)s)
"""
DUPLICATES = "SELECT FROM doublons WHERE state = 'ouvert' AND site_id = ANY(%(sites)s)"
TASKS = "SELECT FROM taches WHERE done_at IS NULL AND site_id = ANY(%(sites)s) AND due_at <= %(now)s"


@dataclass(frozen=True, slots=True)
class Need:
    """One kind of thing that waits for a person."""

    query: str
    tag: str
    text: Any
    hint: Any
    page: str
    only: str


FAILED = Need(
    "", "danger", ngettext_lazy("%(n)s exécution a échoué", "%(n)s exécutions ont échoué", "count"),
    gettext_lazy("Lisez l'erreur, corrigez, puis réessayez."), "workflows_execution_changelist",
    "?status__exact=echouee",
)  # fmt: skip
COUNTED = (
    Need(
        UNKNOWN, "warning",
        ngettext_lazy("%(n)s message a une issue inconnue", "%(n)s messages ont une issue inconnue", "count"),
        gettext_lazy("Vérifiez chez le fournisseur avant de rejouer."), "communications_message_changelist",
        "?status__exact=unknown",
    ),
    Need(
        TASKS, "warning", ngettext_lazy("%(n)s tâche est en retard", "%(n)s tâches sont en retard", "count"),
        gettext_lazy("Faites-la, puis terminez-la : le workflow l'attend."), "crm_task_changelist", "?etat=a_faire",
    ),
    Need(
        PROPOSED, "warning",
        ngettext_lazy("%(n)s export attend votre accord", "%(n)s exports attendent votre accord", "count"),
        gettext_lazy("L'agent a décidé ; rien ne part sans vous."), "crm_export_changelist",
        "?status__exact=a_approuver",
    ),
    Need(
        DUPLICATES, "warning", ngettext_lazy("%(n)s doublon à vérifier", "%(n)s doublons à vérifier", "count"),
        gettext_lazy("Fusionnez, ou dites que ce sont deux personnes."), "crm_duplicate_changelist",
        "?state__exact=ouvert",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person, as it is shown; `at` of an alert."""

    tag: str
    text: str
    hint: str
    url: str
    at: datetime | None = None


def waiting(sites: Sequence[int], organizations: Sequence[int] | None, now: datetime) -> list[Waiting]:
    """Return what waits on these sites, and the latest unread alerts of these organizations (None: of all)."""
    found = [_said(FAILED, by_status(standing(sites))["echouee"])]
    found += [_said(need, _count(need.query, sites, now)) for need in COUNTED]
    return [one for one in found if one is not None] + _alerts(organizations)


def _count(query: str, sites: Sequence[int], now: datetime) -> int:
    bounded = f"SELECT count(*) AS n FROM ({query} LIMIT {MOST}) AS found"  # noqa: S608 - only constants
    count: int = fetch(bounded, {"sites": list(sites), "now": now})[0].n
    return count


def _said(need: Need, count: int) -> Waiting | None:
    if not count:
        return None
    n = number(count) if count < MOST else _("%s et plus") % number(MOST)
    text = need.text % {"count": count, "n": n}
    return Waiting(need.tag, str(text), str(need.hint), reverse(f"admin:{need.page}") + need.only)


def _alerts(organizations: Sequence[int] | None) -> list[Waiting]:
    alerts = Notification.objects.filter(read_at=None, severity__in=["warning", "error"])
    if organizations is not None:
        alerts = alerts.filter(organization_id__in=organizations)
    return [
        Waiting(
            "danger" if alert.severity == "error" else "warning", alert.title,
            _("%d fois") % alert.count if alert.count > 1 else "",
            reverse("admin:communications_notification_change", args=[alert.pk]), alert.last_at,
        )
        for alert in alerts.order_by("-last_at")[:ALERTS]
    ]  # fmt: skip

"""The first page: what runs, what went out, what needs a person, how each sector does against its target.

Sums come from the hourly counters; what is counted as it stands is counted by small partial indexes, and only
as far as anybody reads the number.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.models import Platform, Site
from accounts.tenancy import organizations_of, sites_of
from agents.access import configured
from berinia.rows import fetch
from communications.models import Notification
from communications.models.reach import Moment
from communications.providers.choice import SANDBOX, provider_for
from communications.reach import Reach, counts_between, reach
from crm.models.metric import hour_of
from workflows.analytics import PERIODS, Figures
from workflows.deploy import sectors
from workflows.models import Workflow

MOST = 10_000
NEEDS = 8
COUNTERS = """
SELECT workflow_id, hour, name, sum(value)::bigint AS value FROM metriques_conversion
WHERE site_id = ANY(%s) AND hour >= %s AND hour < %s GROUP BY 1, 2, 3
"""
ACTIVE = f"""
SELECT status, count(*) AS n FROM (
    SELECT status FROM executions_workflow
    WHERE status IN ('en_attente', 'en_cours') AND site_id = ANY(%s) LIMIT {MOST}) AS moving GROUP BY 1
"""  # noqa: S608 - only a constant is put in
FAILED = f"""
SELECT count(*) AS n FROM (
    SELECT 1 FROM executions_workflow WHERE status = 'echouee' AND site_id = ANY(%s) LIMIT {MOST}) AS failed
"""  # noqa: S608
UNKNOWN = f"""
SELECT count(*) AS n FROM (
    SELECT 1 FROM messages WHERE status = 'unknown' AND site_id = ANY(%s) LIMIT {MOST}) AS unknown
"""  # noqa: S608

DEFERRED = f"""
SELECT count(*) AS n FROM (
    SELECT 1 FROM messages WHERE status = 'queued' AND due_at > %s AND reason <> '' AND site_id = ANY(%s) LIMIT {MOST}
) AS deferred
"""  # noqa: S608
# What waits to be approved, and pairs of contacts that may be one.
PROPOSED = f"""
SELECT count(*) AS n FROM (
    SELECT 1 FROM exports_leads e JOIN leads l ON l.id = e.lead_id
    WHERE e.status = 'a_approuver' AND l.site_id = ANY(%s) LIMIT {MOST}) AS proposed
"""  # noqa: S608
DUPLICATES = f"""
SELECT count(*) AS n FROM (
    SELECT 1 FROM doublons WHERE state = 'ouvert' AND site_id = ANY(%s) LIMIT {MOST}) AS open
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Need:
    """What waits for a person: how many there are, what to say of them, and where they are."""

    query: str
    tag: str
    text: Any
    hint: Any
    page: str
    only: str


COUNTED = (
    Need(
        FAILED, "danger", ngettext_lazy("%d exécution a échoué", "%d exécutions ont échoué"),
        gettext_lazy("Lisez l'erreur, corrigez, puis réessayez."), "workflows_execution_changelist",
        "?status__exact=echouee",
    ),
    Need(
        UNKNOWN, "warning", ngettext_lazy("%d message a une issue inconnue", "%d messages ont une issue inconnue"),
        gettext_lazy("Vérifiez chez le fournisseur avant de rejouer."), "communications_message_changelist",
        "?status__exact=unknown",
    ),
    Need(
        PROPOSED, "warning", ngettext_lazy("%d export attend votre accord", "%d exports attendent votre accord"),
        gettext_lazy("L'agent a décidé ; rien ne part sans vous."), "crm_export_changelist",
        "?status__exact=a_approuver",
    ),
    Need(
        DUPLICATES, "warning", ngettext_lazy("%d doublon à vérifier", "%d doublons à vérifier"),
        gettext_lazy("Fusionnez, ou dites que ce sont deux personnes."), "crm_duplicate_changelist",
        "?state__exact=ouvert",
    ),
)  # fmt: skip


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the context of the first page (UNFOLD's DASHBOARD_CALLBACK)."""
    now, sites = timezone.now(), sites_of(request.user)
    chosen = request.GET.get("periode", "24h")
    period = chosen if chosen in PERIODS else "24h"
    first, until = _first(period, now), now + timedelta(hours=1)
    rows = fetch(COUNTERS, [sites, first, until])
    sector_of = dict(Workflow.objects.filter(site_id__in=sites).values_list("pk", "sector"))
    context |= {
        "title": _("Tableau de bord"),
        "period": period,
        "periods": [("24h", _("24 heures")), ("7d", _("7 jours")), ("30d", _("30 jours"))],
        "figures": [
            *_cards(_sum(rows), sites),
            *_message_cards(reach(counts_between(sites, first, until)), sites, now),
        ],
        "bars": _bars(rows, period, now),
        "sectors": _sectors(rows, sector_of),
        "needs": _needs(request, sites),
        "sandbox": _sandbox(),
        "asks_no_model": not configured(),
        "is_stopped": Platform.is_stopped(),
        "next": _next_step(request, sites, bool(sector_of), bool(rows)),
    }
    return context


def _sum(rows: Sequence[Any]) -> Figures:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row.name] += row.value
    return Figures(sums)


def _cards(found: Figures, sites: list[int]) -> list[dict[str, Any]]:
    """Return the figures: first as it stands now, then of the period."""
    now = {row.status: row.n for row in fetch(ACTIVE, [sites])}
    executions = reverse("admin:workflows_execution_changelist") + "?status__exact="
    messages = reverse("admin:communications_message_changelist")
    return [
        _card(_("En cours"), _many(now.get("en_cours", 0)), _("maintenant"), executions + "en_cours"),
        _card(_("En attente"), _many(now.get("en_attente", 0)), _("maintenant"), executions + "en_attente"),
        _card(_("Converties"), found["converted"], _("exécutions"), executions + "convertie", "good"),
        _card(_("Échouées"), found["failed"], _("exécutions"), executions + "echouee", "bad"),
        _card(
            _("Messages envoyés"), found.sent,
            _("%(email)d emails, %(sms)d SMS, %(whatsapp)d WhatsApp") % found.sent_by_channel, messages,
        ),
        _card(_("Messages échoués"), found["messages_failed"], _("et %d non envoyés") % found["messages_suppressed"],
              f"{messages}?status__exact=failed", "bad"),
    ]  # fmt: skip


def _message_cards(found: Reach, sites: list[int], now: datetime) -> list[dict[str, Any]]:
    """Return what became of the messages of the period, and how many wait for an hour."""
    messages = reverse("admin:communications_message_changelist")
    numbers = {"opened": found[Moment.OPENED], "replied": found[Moment.REPLIED]}
    return [
        _card(
            _("Messages remis"), found[Moment.DELIVERED],
            _("%(opened)d ouverts, %(replied)d réponses") % numbers, f"{messages}?status__exact=delivered",
        ),
        _card(
            _("Messages différés"), _many(fetch(DEFERRED, [now, sites])[0].n), _("maintenant"),
            f"{messages}?envoi=differes",
        ),
    ]  # fmt: skip


def _card(title: str, value: object, text: str, url: str, mood: str = "") -> dict[str, Any]:
    return {"title": title, "value": value, "text": text, "url": url, "mood": mood}


def _many(count: int) -> str:
    return f"{count}" if count < MOST else _("%d et plus") % MOST


def _first(period: str, now: datetime) -> datetime:
    """Return the first hour of a period that ends with the current one."""
    return hour_of(now) + timedelta(hours=1) - PERIODS[period]


def _bars(rows: Sequence[Any], period: str, now: datetime) -> list[dict[str, Any]]:
    """Return one bar per hour, or per day of a longer period: executions begun and messages sent."""
    width = timedelta(hours=1) if period == "24h" else timedelta(days=1)
    first = _first(period, now)
    begun: Counter[int] = Counter()
    sent: Counter[int] = Counter()
    for row in rows:
        place = int((row.hour - first) / width)
        begun[place] += row.value if row.name == "started" else 0
        sent[place] += row.value if row.name.startswith("messages_sent_") else 0
    count = int(PERIODS[period] / width)
    highest = max([*begun.values(), *sent.values(), 1])
    return [
        {
            "at": first + n * width, "begun": begun[n], "sent": sent[n],
            "begun_height": round(100 * begun[n] / highest),
            "sent_height": round(100 * sent[n] / highest),
        }
        for n in range(count)
    ]  # fmt: skip


def _sectors(rows: Sequence[Any], sector_of: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return, for each deployed sector, its conversion beside its target."""
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[sector_of.get(row.workflow_id, "")].append(row)
    found = []
    for slug in sorted({s for s in sector_of.values() if s in sectors()}):
        figures, target = _sum(groups[slug]), sectors()[slug].targets.get("conversion")
        rate = figures.conversion
        found.append({
            "name": sectors()[slug].name, "started": figures["started"], "ended": figures.ended,
            "converted": figures["converted"], "rate": None if rate is None else round(rate * 100),
            "target": None if target is None else round(target * 100),
            "is_reached": rate is not None and target is not None and rate >= target,
        })  # fmt: skip
    return found


def _needs(request: HttpRequest, sites: list[int]) -> list[dict[str, Any]]:
    """Return what waits for a person, each with the way there."""
    needs: list[dict[str, Any]] = [
        {"tag": need.tag, "text": need.text % n, "hint": need.hint, "url": reverse(f"admin:{need.page}") + need.only}
        for need in COUNTED
        if (n := fetch(need.query, [sites])[0].n)
    ]
    alerts = Notification.objects.filter(read_at=None, severity__in=["warning", "error"])
    organizations = organizations_of(request.user)
    if organizations is not None:
        alerts = alerts.filter(organization_id__in=organizations)
    for alert in alerts.order_by("-last_at")[:NEEDS]:
        times = _("%d fois") % alert.count if alert.count > 1 else ""
        needs.append({
            "tag": "danger" if alert.severity == "error" else "warning", "text": alert.title, "hint": times,
            "at": alert.last_at, "url": reverse("admin:communications_notification_change", args=[alert.pk]),
        })  # fmt: skip
    return needs


def _sandbox() -> str:
    """Say which channels go nowhere for want of a key, or nothing."""
    keys = {
        "email": _("les emails (RESEND_API_KEY)"),
        "sms": _("les SMS (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN)"),
    }
    return _(" et ").join(text for channel, text in keys.items() if provider_for(channel).name == SANDBOX)


def _next_step(request: HttpRequest, sites: list[int], has_workflows: bool, has_counts: bool) -> dict[str, str] | None:
    """Say what to do next while there is nothing to see."""
    if not sites:
        return {"text": _("Créez le site de l'entreprise : ses coordonnées signent les messages."),
                "label": _("Créer un site"), "url": reverse("admin:accounts_site_add")}  # fmt: skip
    if not has_workflows:
        return {"text": _("Déployez un secteur : ses workflows et leurs textes sont prêts."),
                "label": _("Déployer un secteur"), "url": reverse("admin:workflows_workflow_deploy")}  # fmt: skip
    if has_counts:
        return None
    site = Site.objects.only("slug").get(pk=sites[0])
    curl = (
        f"curl -X POST {request.build_absolute_uri('/api/events')} -H 'Authorization: Bearer ber_sk_…' "
        '-H \'Content-Type: application/json\' -d \'{"evenement": "appel_urgence", "contactData": '
        f'{{"nom": "Jean Dupont", "telephone": "06 12 34 56 78"}}, "donnees": {{}}, "siteId": "{site.slug}"}}\''
    )
    return {
        "text": _("Rien ne s'est encore passé sur cette période. Signalez un premier événement depuis le site :"),
        "label": _("Voir les clés API"), "url": reverse("admin:accounts_apikey_changelist"), "code": curl,
    }  # fmt: skip


def unread(request: HttpRequest) -> str:
    """Return how many alerts are unread, for the sidebar; nothing when there are none."""
    alerts = Notification.objects.filter(read_at=None)
    organizations = organizations_of(request.user)
    if organizations is not None:
        alerts = alerts.filter(organization_id__in=organizations)
    count = len(alerts.order_by().values_list("pk", flat=True)[:100])
    return "" if not count else "99+" if count == 100 else str(count)

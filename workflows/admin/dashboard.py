"""The first page: what runs, what went out, what needs a person, how each sector does against its targets.

The figures are those of workflows/overview.py, which browsers are also told of while the page is open.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Platform, Site
from accounts.tenancy import WORKERS, organizations_of
from agents.access import configured
from berinia.admin.charts import Chart, Series
from berinia.clock import zone
from berinia.formats import number
from communications.health import State, health
from communications.models import Notification
from communications.models.reach import Moment
from communications.providers.choice import SANDBOX, provider_for
from workflows.admin.choice import Chosen, chosen
from workflows.counters import Span, Tally
from workflows.models import Workflow
from workflows.needs import waiting
from workflows.overview import MOST, Overview, overview

STATES = {
    State.SANDBOX: ("warning", gettext_lazy("bac à sable")), State.OK: ("success", gettext_lazy("fonctionne")),
    State.SLOWED: ("warning", gettext_lazy("ralenti")), State.REFUSED: ("danger", gettext_lazy("compte refusé")),
    State.DOWN: ("danger", gettext_lazy("ne répond pas")), State.UNKNOWN: ("", gettext_lazy("inconnu")),
}  # fmt: skip
CHANNEL_NAMES = {"email": "Email", "sms": "SMS", "whatsapp": "WhatsApp", "slack": "Slack"}


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the context of the first page (UNFOLD's DASHBOARD_CALLBACK)."""
    now, choice = timezone.now(), chosen(request)
    found = overview(choice.sites, choice.period, now)
    has_workflows = bool(found.sectors) or Workflow.objects.filter(site_id__in=choice.sites).exists()
    context |= {
        "title": _("Tableau de bord"),
        "choice": choice,
        "overview": found,
        "figures": [*_standing(found), *_period(found), *_messages(found)],
        "chart": activity(found.span, found.counted),
        "sectors": found.sectors,
        "needs": waiting(choice.sites, choice.organizations, now),
        "health": [(one, CHANNEL_NAMES[one.channel], *STATES[one.state]) for one in health(choice.sites, now)],
        "sandbox": _sandbox(),
        "asks_no_model": not configured(),
        "is_stopped": Platform.is_stopped(),
        "may_deploy": organizations_of(request.user, WORKERS) != [],
        "next": _next_step(request, choice, has_workflows, bool(found.figures.sums)),
    }
    return context


def _standing(found: Overview) -> list[dict[str, Any]]:
    """Return the figures as it stands now."""
    executions = reverse("admin:workflows_execution_changelist") + "?status__exact="
    names = {
        "en_cours": _("En cours"), "en_attente": _("En attente"), "en_pause": _("En pause"), "echouee": _("En échec"),
    }  # fmt: skip
    moods = {"echouee": "bad"}
    return [
        _card(status, name, number(found.standing[status]), _("maintenant"), executions + status, moods.get(status, ""))
        for status, name in names.items()
    ]


def _period(found: Overview) -> list[dict[str, Any]]:
    """Return what executions came to in the period."""
    executions = reverse("admin:workflows_execution_changelist")
    numbers = {"ended": number(found.figures.ended)}
    return [
        _card("commencees", _("Commencées"), number(found.figures["started"]), _("exécutions"), executions),
        _card(
            "converties", _("Converties"), number(found.figures["converted"]), _("sur %(ended)s finies") % numbers,
            f"{executions}?status__exact=convertie", "good" if found.figures["converted"] else "",
        ),
    ]  # fmt: skip


def _messages(found: Overview) -> list[dict[str, Any]]:
    """Return what went out in the period and what became of it, and what waits for an hour."""
    messages = reverse("admin:communications_message_changelist")
    sent = {channel: number(n) for channel, n in found.figures.sent_by_channel.items()}
    reach = {"opened": number(found.reach[Moment.OPENED]), "replied": number(found.reach[Moment.REPLIED])}
    failed, deferred = found.figures["messages_failed"], found.deferred
    return [
        _card("envoyes", _("Messages envoyés"), number(found.figures.sent),
              _("%(email)s emails, %(sms)s SMS, %(whatsapp)s WhatsApp") % sent, messages),
        _card("remis", _("Messages remis"), number(found.reach[Moment.DELIVERED]),
              _("%(opened)s ouverts, %(replied)s réponses") % reach, f"{messages}?status__exact=delivered"),
        _card("rates", _("Messages échoués"), number(failed),
              _("et %s non envoyés") % number(found.figures["messages_suppressed"]),
              f"{messages}?status__exact=failed", "bad" if failed else ""),
        _card("differes", _("Messages différés"),
              number(deferred) if deferred < MOST else _("%s et plus") % number(MOST), _("maintenant"),
              f"{messages}?envoi=differes"),
    ]  # fmt: skip


def _card(key: str, title: str, value: str, text: str, url: str, mood: str = "") -> dict[str, Any]:
    return {"key": key, "title": title, "value": value, "text": text, "url": url, "mood": mood if value != "0" else ""}


def activity(span: Span, counted: Tally) -> Chart:
    """Return the chart of a period: executions begun and converted, messages sent, by hour or by day."""
    here = zone(settings.TIME_ZONE)
    places = span.buckets(here)
    found = [counted.over_time.get(at) for at in places]
    labels = [_label(at, span.by_hour) for at in places]
    series = (
        Series(_("exécutions commencées"), [f["started"] if f else 0 for f in found]),
        Series(_("converties"), [f["converted"] if f else 0 for f in found]),
        Series(_("messages envoyés"), [f.sent if f else 0 for f in found]),
    )
    return Chart(_("Activité"), _("heure") if span.by_hour else _("jour"), labels, series)


def _label(at: datetime, by_hour: bool) -> str:
    local = at.astimezone(zone(settings.TIME_ZONE))
    return _("%d h") % local.hour if by_hour else f"{local:%d/%m}"


def _sandbox() -> str:
    """Say which channels go nowhere for want of a key, or nothing."""
    keys = {
        "email": _("les emails (RESEND_API_KEY)"),
        "sms": _("les SMS (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN)"),
    }
    return _(" et ").join(text for channel, text in keys.items() if provider_for(channel).name == SANDBOX)


def _next_step(request: HttpRequest, choice: Chosen, has_workflows: bool, has_counts: bool) -> dict[str, str] | None:
    """Say what to do next while there is nothing to see."""
    if not choice.sites:
        return {"text": _("Créez le site de l'entreprise : ses coordonnées signent les messages."),
                "label": _("Créer un site"), "url": reverse("admin:accounts_site_add")}  # fmt: skip
    if not has_workflows:
        return {"text": _("Déployez un secteur : ses workflows et leurs textes sont prêts."),
                "label": _("Déployer un secteur"), "url": reverse("admin:workflows_workflow_deploy")}  # fmt: skip
    if has_counts:
        return None
    site = Site.objects.only("slug").get(pk=choice.sites[0])
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

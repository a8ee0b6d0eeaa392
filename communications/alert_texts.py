"""What an alert says by email and in Slack: one alone, or many summed up in one message."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from communications.alerting import SEVERITIES
from communications.rendering import Rendered
from communications.variables import one_line

SALT = "communications.alerts"
NAMES = {
    "info": ("information", "informations"),
    "warning": ("avertissement", "avertissements"),
    "error": ("erreur", "erreurs"),
}
MOST_LINES, LONGEST_LINE = 25, 100  # Slack takes 3,000 characters; the rest is read in the list


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as it is told: its title is without personal data where it has to be."""

    severity: str
    title: str
    organization: str
    body: str = ""
    link: str = ""

    def says(self) -> str:
        """Return its severity and its title."""
        return f"{NAMES[self.severity][0]} : {one_line(self.title)}"


@dataclass(frozen=True, slots=True)
class SlackText:
    """What Slack shows: a title, some lines, and where the button leads."""

    title: str
    text: str
    link: str


def email_of(alerts: Sequence[Told], stop_url: str) -> Rendered:
    """Write the email about alerts, the most severe first; the same alerts make the same bytes."""
    is_one = len(alerts) == 1
    title = alerts[0].says() if is_one else summary(alerts)
    link = _inside(alerts[0].link) if is_one else ""
    variables = {
        "alerts": alerts[:MOST_LINES], "alert": alerts[0], "is_one": is_one, "title": _capital(title),
        "left": max(0, len(alerts) - MOST_LINES), "url": absolute(link) if link else "",
        "list_url": absolute(reverse("admin:communications_notification_changelist")),
        "preferences_url": absolute(reverse("admin:communications_notification_preferences")),
        "stop_url": stop_url,
    }  # fmt: skip
    html = render_to_string("pages/alert_email.html", variables)
    text = render_to_string("pages/alert_email.txt", variables)
    return Rendered(f"[BerinIA] {title}", html, text)


def slack_of(alerts: Sequence[Told]) -> SlackText:
    """Write the message to Slack: titles without personal data, and no bodies, which may quote anything."""
    if len(alerts) == 1:
        (alert,) = alerts
        return SlackText(_capital(alert.says()), alert.organization, _inside(alert.link))
    lines = [f"• {alert.says()[:LONGEST_LINE]} ({alert.organization[:40]})" for alert in alerts[:MOST_LINES]]
    if len(alerts) > MOST_LINES:
        lines.append(f"… et {len(alerts) - MOST_LINES} de plus")
    link = reverse("admin:communications_notification_changelist")
    return SlackText(_capital(summary(alerts)), "\n".join(lines), link)


def summary(alerts: Sequence[Told]) -> str:
    """Return `37 autres alertes : 3 erreurs, 34 avertissements`."""
    counts = Counter(alert.severity for alert in alerts)
    parts = [
        f"{counts[severity]} {NAMES[severity][counts[severity] > 1]}"
        for severity in reversed(SEVERITIES)
        if counts[severity]
    ]
    return f"{len(alerts)} autres alertes : {', '.join(parts)}"


def absolute(path: str) -> str:
    """Return the address of a page of this site."""
    return (settings.PUBLIC_URL or f"http://localhost:{settings.PORT}") + path


def stop_url(user_id: int, organization_ids: Sequence[int]) -> str:
    """Return the link by which a person gets no more emails about these organizations. It does not expire."""
    token = signing.Signer(salt=SALT).sign_object([user_id, *sorted(set(organization_ids))])
    return absolute(reverse("alert-stop", args=[token]))


def read_stop(token: str) -> tuple[int, list[int]]:
    """Return whose link it is, and for which organizations. Raises signing.BadSignature."""
    user_id, *organization_ids = signing.Signer(salt=SALT).unsign_object(token)
    return user_id, organization_ids


def _inside(link: str) -> str:
    """Return a link that leads to a page of this site; nothing else is followed from an alert."""
    return link if link.startswith("/") and not link.startswith("//") else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""No more alerts by email, by a link: a page that asks, and RFC 8058's one-click POST. Links are signed."""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Membership
from communications.alert_texts import read_stop
from communications.alerting import NEVER
from communications.models import NotificationPreference


@csrf_exempt  # a mailbox provider posts without cookies; the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def stop_alerts(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks (scanners follow links), POST stops the emails. A second POST changes nothing."""
    try:
        user_id, organization_ids = read_stop(token)
    except (signing.BadSignature, ValueError):
        return render(request, "pages/alert_stop.html", {"state": "unknown"}, status=404)
    members = Membership.objects.filter(user_id=user_id, organization_id__in=organization_ids)
    found = list(members.select_related("organization").order_by("organization__name"))
    if not found:
        return render(request, "pages/alert_stop.html", {"state": "unknown"}, status=404)
    if request.method == "POST":
        prefer(user_id, {member.organization_id: NEVER for member in found})
    state = "done" if request.method == "POST" else "ask"
    names = [member.organization.name for member in found]
    return render(request, "pages/alert_stop.html", {"state": state, "organizations": names})


def prefer(user_id: int, email_from: dict[int, str]) -> None:
    """Write from which severity on a person is told by email, by organization."""
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user_id=user_id, organization_id=organization_id, email_from=severity)
            for organization_id, severity in sorted(email_from.items())
        ],
        update_conflicts=True, unique_fields=["user", "organization"], update_fields=["email_from"],
    )  # fmt: skip

"""No more weekly reports, by a link: a page that asks, and RFC 8058's one-click POST. Links are signed."""

from collections.abc import Mapping

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Membership
from communications.models import NotificationPreference
from communications.report_texts import read_stop


@csrf_exempt  # a mailbox provider posts without cookies; the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reports(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks (scanners follow links), POST stops the reports. A second POST changes nothing."""
    try:
        user_id, organization_id = read_stop(token)
    except (signing.BadSignature, ValueError):
        return render(request, "pages/report_stop.html", {"state": "unknown"}, status=404)
    member = Membership.objects.filter(user_id=user_id, organization_id=organization_id)
    found = member.select_related("organization").first()
    if found is None:
        return render(request, "pages/report_stop.html", {"state": "unknown"}, status=404)
    if request.method == "POST":
        choose(user_id, {organization_id: False})
    state = "done" if request.method == "POST" else "ask"
    return render(request, "pages/report_stop.html", {"state": state, "organization": found.organization.name})


def choose(user_id: int, wanted: Mapping[int, bool]) -> None:
    """Write whether a person gets the weekly report, by organization."""
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user_id=user_id, organization_id=organization_id, weekly_report=is_wanted)
            for organization_id, is_wanted in sorted(wanted.items())
        ],
        update_conflicts=True, unique_fields=["user", "organization"], update_fields=["weekly_report"],
    )  # fmt: skip

"""Opting out by a link: a page that asks, and RFC 8058's one-click POST. Links are signed and do not expire."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from berinia.wake import wake
from crm.models import Contact, Event

SALT = "communications.unsubscribe"
EVENT = "desinscription"


def unsubscribe_url(contact_id: int) -> str:
    """Return the link by which a contact opts out."""
    token = signing.Signer(salt=SALT).sign(str(contact_id))
    base = settings.PUBLIC_URL or f"http://localhost:{settings.PORT}"
    return base + reverse("unsubscribe", args=[token])


@csrf_exempt  # a mailbox provider posts without cookies; the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks (scanners follow links), POST opts out. A second POST changes nothing."""
    try:
        contact_id = int(signing.Signer(salt=SALT).unsign(token))
        contact = Contact.objects.select_related("site").get(pk=contact_id)
    except (signing.BadSignature, ValueError, Contact.DoesNotExist):
        return render(request, "pages/unsubscribe.html", {"state": "unknown"}, status=404)
    if request.method != "POST":
        state = "done" if contact.opted_out_at else "ask"
        return render(request, "pages/unsubscribe.html", {"state": state, "site": contact.site})
    opt_out(contact)
    return render(request, "pages/unsubscribe.html", {"state": "done", "site": contact.site})


def opt_out(contact: Contact, by: str = "lien") -> None:
    """Close a contact to messages and end what runs for it, through an event like any other (`by`: a link, an SMS)."""
    now = timezone.now()
    if Contact.objects.filter(pk=contact.pk, opted_out_at=None).update(opted_out_at=now):
        Event.objects.create(
            organization_id=contact.organization_id, site_id=contact.site_id, contact=contact, name=EVENT,
            data={"par": by}, occurred_at=now,
        )  # fmt: skip
        wake("engine")

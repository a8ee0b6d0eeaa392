"""Opting out by a link: RFC 8058's one-click POST, and a page of choices. Links are signed and do not expire.

The page works without cookies, so its forms carry a token of their own: only who was shown the page may use them.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from berinia.caller import ip_of
from communications.choices import EMAIL, Proof
from communications.links import public, sealed, signed_link, signed_value, unsealed
from communications.preferences import VERSION, offers, save
from communications.withdraw import BY_PHONE, address_of, count_unsubscribed, opt_in, opt_out
from crm.models import Contact

SALT = "communications.unsubscribe"
FORM_SALT = "communications.unsubscribe.form"
VALUE = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?", re.ASCII)
ONE_CLICK = "List-Unsubscribe", "One-Click"
BY_LINK, BY_PAGE = "lien", "page"
STOP_TEXT, BACK_TEXT = "Ne plus rien recevoir", "Me réinscrire"
SAVED, BACK = "Vos choix sont enregistrés.", "Vous êtes de nouveau inscrit."


@dataclass(frozen=True, slots=True)
class Visit:
    """Who follows a link, and in which message it stood."""

    contact: Contact
    message_id: int | None


def unsubscribe_url(contact_id: int, message_id: int | None = None) -> str:
    """Return the link by which a contact opts out, and chooses; of a message, so that it is known which one it was."""
    value = str(contact_id) if message_id is None else f"{contact_id}-{message_id}"
    return signed_link("unsubscribe", SALT, value)


@csrf_exempt  # a mailbox provider posts without cookies; the forms of the page are checked below
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the choices (scanners follow links), POST changes them. A second POST changes nothing."""
    visit = _visit(token)
    if visit is None:
        return render(request, "pages/unknown.html", status=404)
    notice = ""
    if request.method == "POST":
        raw = request.body  # before the form is read from it
        now, act = timezone.now(), request.POST.get("acte", "")
        if not act and (request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1] or raw.strip() == "=".join(ONE_CLICK).encode()):
            _leave(visit, _proof(request, BY_LINK, "=".join(ONE_CLICK)), now, (EMAIL,))
        elif act not in ACTS:
            return HttpResponseBadRequest()
        elif unsealed(FORM_SALT, request.POST.get("jeton", "")) != [visit.contact.pk]:
            return HttpResponseForbidden()
        else:
            notice = ACTS[act](request, visit, now)
    return _page(request, visit, notice)


def _visit(token: str) -> Visit | None:
    found = VALUE.fullmatch(signed_value(SALT, token) or "")
    contact = found and Contact.objects.select_related("site").filter(pk=int(found[1])).first()
    return Visit(contact, int(found[2]) if found[2] else None) if found and contact else None


def _page(request: HttpRequest, visit: Visit, notice: str) -> HttpResponse:
    contact = visit.contact
    contact.refresh_from_db(fields=["opted_out_at"])
    shown = offers(contact)
    response = render(request, "pages/preferences.html", {
        "contact": contact, "site": contact.site, "notice": notice, "stop": STOP_TEXT, "back": BACK_TEXT,
        "marketing": [offer for offer in shown if offer.is_marketing],
        "tracking": [offer for offer in shown if not offer.is_marketing],
        "form_token": sealed(FORM_SALT, [contact.pk]),
    })  # fmt: skip
    for name, value in {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
                        "Content-Language": "fr"}.items():  # fmt: skip
        response[name] = value
    return response


# --- what is done ----------------------------------------------------------------------------------------


def _leave(visit: Visit, proof: Proof, now: datetime, refuses: tuple[str, ...]) -> None:
    opt_out([visit.contact], _closes(visit.contact), proof, now, refuses=refuses)
    _counted(visit, now)


def _leave_by_page(request: HttpRequest, visit: Visit, now: datetime) -> str:
    reached_by = tuple(channel for channel in (EMAIL, *BY_PHONE) if address_of(visit.contact, channel))
    _leave(visit, _proof(request, BY_PAGE, STOP_TEXT), now, reached_by)
    return ""


def _come_back(request: HttpRequest, visit: Visit, now: datetime) -> str:
    opt_in([visit.contact], _closes(visit.contact), _proof(request, BY_PAGE, BACK_TEXT), now)
    return BACK


def _save(request: HttpRequest, visit: Visit, now: datetime) -> str:
    if save(visit.contact, frozenset(request.POST), _proof(request, BY_PAGE, ""), now):
        _counted(visit, now)
    return SAVED


ACTS = {"enregistrer": _save, "arreter": _leave_by_page, "reinscrire": _come_back}


def _closes(contact: Contact) -> tuple[str, ...]:
    """Return the channels of the address that a link stands for: the email, or the phone of who has none."""
    return (EMAIL,) if contact.email else BY_PHONE


def _counted(visit: Visit, now: datetime) -> None:
    if visit.message_id is not None:
        count_unsubscribed(visit.message_id, visit.contact.pk, now)


def _proof(request: HttpRequest, source: str, text: str) -> Proof:
    return Proof(
        source=source, text=text, text_version=VERSION, url=public("/u/"), ip=ip_of(request),
        user_agent=request.headers.get("User-Agent", ""),
    )  # fmt: skip

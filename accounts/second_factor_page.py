"""« Second facteur »: where a person turns their own on, off, and asks for new recovery codes."""

from collections.abc import Sequence
from typing import Any

import django_otp
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import second_factor
from accounts.login import CodeForm

ASKED = ("confirmer", "codes", "desactiver")  # what needs a code


@sensitive_post_parameters("code")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """GET shows where one's second factor stands; POST does what its `acte` says."""
    act = request.POST.get("acte", "") if request.method == "POST" else ""
    form = CodeForm(request.POST if act in ASKED else None)
    if act == "commencer" and not second_factor.has_second_factor(request.user):
        second_factor.begin(_person(request))
        return HttpResponseRedirect(reverse("second-factor"))
    if act in ASKED and form.is_valid() and (answer := _asked(request, act, form)):
        return answer
    return _shown(request, form)


def _asked(request: HttpRequest, act: str, form: forms.Form) -> HttpResponse | None:
    """Do what a code was given for; return None when the code is wrong."""
    person, code, now = _person(request), form.cleaned_data["code"], timezone.now()
    if act == "confirmer":
        done = second_factor.confirm(person, code, now=now)
        if done:
            django_otp.login(request, done[0])
            return _codes(request, done[1])
    elif second_factor.is_code_right(person, code):
        if act == "codes":
            return _codes(request, second_factor.renew_codes(person, now=now))
        second_factor.turn_off(person, by=person, now=now)
        messages.success(request, _("Le second facteur est désactivé : votre mot de passe suffit."))
        return HttpResponseRedirect(reverse("second-factor"))
    form.add_error("code", _("Ce code n'est pas le bon, a déjà servi, ou vient trop tôt après un autre essai."))
    return None


def _codes(request: HttpRequest, codes: Sequence[str]) -> HttpResponse:
    return _page(request, "codes.html", {"title": _("Codes de secours"), "codes": codes})


def _shown(request: HttpRequest, form: forms.Form) -> HttpResponse:
    person = _person(request)
    is_on = second_factor.has_second_factor(person)
    device = None if is_on else second_factor.pending(person)
    context: dict[str, Any] = {
        "title": _("Second facteur"), "form": form, "is_on": is_on, "is_asked": second_factor.must_have(person),
        "left": second_factor.codes_left(person) if is_on else 0,
    }  # fmt: skip
    if device is not None:
        form.fields["code"].help_text = _("Les 6 chiffres que l'application affiche.")
        context |= {"drawing": second_factor.drawing(device), "secret": second_factor.secret_of(device)}
    return _page(request, "page.html", context)


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    whole = {**admin.site.each_context(request), **context}
    response = TemplateResponse(request, f"admin/accounts/second_factor/{name}", whole)
    response["Cache-Control"] = "no-store"
    return response


def _person(request: HttpRequest) -> Any:
    return request.user

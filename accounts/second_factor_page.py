"""« Second facteur »: where a person turns their own on, off, and asks for new recovery codes.

It is begun with the password: whoever finds a session open must not be able to lock its owner out.
"""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts import login_guard, second_factor
from accounts.login import CodeForm

ASKED = ("confirmer", "codes", "desactiver")  # what needs a code
BEGUN = "second_factor_begun"  # in the session that gave the password


class PasswordForm(forms.Form):
    """What a second factor is begun with."""

    password = forms.CharField(
        label=gettext_lazy("Votre mot de passe"), max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "b-input"}),
    )  # fmt: skip


@sensitive_post_parameters("code", "password")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """GET shows where one's second factor stands; POST does what its `acte` says."""
    act = request.POST.get("acte", "") if request.method == "POST" else ""
    if act == "commencer" and not second_factor.has_second_factor(request.user):
        return _begin(request)
    form = CodeForm(request.POST if act in ASKED else None)
    if act in ASKED and form.is_valid() and (answer := _asked(request, act, form)):
        return answer
    return _shown(request, form)


def _begin(request: HttpRequest) -> HttpResponse:
    """Make a secret for whoever knows the password; a wrong one counts as it does where people sign in."""
    person, form = _person(request), PasswordForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    if login_guard.is_refused(request, person.get_username()):
        return HttpResponse(status=429)
    if not person.check_password(form.cleaned_data["password"]):
        login_guard.failed(request, person.get_username())
        form.add_error("password", _("Ce mot de passe n'est pas le bon."))
        return _shown(request, form)
    second_factor.begin(person)
    request.session[BEGUN] = True
    return HttpResponseRedirect(reverse("second-factor"))


def _asked(request: HttpRequest, act: str, form: forms.Form) -> HttpResponse | None:
    """Do what a code was given for; return None when the code is wrong."""
    person, code, now = _person(request), form.cleaned_data["code"], timezone.now()
    if act == "confirmer":
        done = second_factor.confirm(person, code, now=now) if BEGUN in request.session else None
        if done:
            del request.session[BEGUN]
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
    device = second_factor.pending(person) if not is_on and BEGUN in request.session else None
    wanted = CodeForm if is_on or device is not None else PasswordForm
    form = form if isinstance(form, wanted) else wanted()
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

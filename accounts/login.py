"""Signing in and out: the password, then the code of whoever has a second factor, each on a page of its own.

Between the two nobody is signed in: the session only remembers, for a few minutes, whose password was right. So a
person without a second factor is never asked for a code, and nobody learns from the first page who has one.
"""

import time
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import login as auth_login
from django.contrib.auth import logout as auth_logout
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import login_guard, second_factor
from accounts.models import User
from accounts.sign_ins import password_changed, signed_in, signed_out

PENDING = "password_right"
MOST_SECONDS = 300


class CodeForm(forms.Form):
    """The second factor."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40, strip=True,
        help_text=gettext_lazy("Les 6 chiffres de votre application, ou l'un de vos codes de secours."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false", "class": "b-input"}
        ),
    )  # fmt: skip


class PasswordPage(LoginView):
    """The admin's login, which hands over to the page of the code."""

    template_name = "admin/login.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send on who is signed in already."""
        if admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> Any:
        """Return the theme's form."""
        return admin.site.login_form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the theme's page wants."""
        path = self.request.get_full_path()
        name = self.request.user.get_username()
        told = {"title": _("Connexion"), "subtitle": None, "app_path": path, "username": name}
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request), **told}

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, or ask for the code first."""
        user = form.get_user()
        if not second_factor.has_second_factor(user):
            auth_login(self.request, user)
            signed_in(self.request, user, now=timezone.now())
            return HttpResponseRedirect(self.get_success_url())
        self.request.session[PENDING] = {
            "user": user.pk, "backend": user.backend, "hash": user.get_session_auth_hash(), "at": time.time(),
        }  # fmt: skip
        return HttpResponseRedirect(f"{reverse('login-code')}?{_onward(self.get_success_url())}")


@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class CodePage(LoginView):
    """The code of whoever's password was right a moment ago."""

    template_name = "admin/login_code.html"
    form_class = CodeForm  # type: ignore[assignment]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the password again where there is nobody to ask for a code."""
        self.user = _pending(request)
        if self.user is None:
            request.session.pop(PENDING, None)
            messages.warning(request, _("Recommencez : le mot de passe d'abord."))
            return HttpResponseRedirect(f"{reverse('admin:login')}?{_onward(self.get_success_url())}")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Leave out what is for the form of the password."""
        kwargs = super().get_form_kwargs()
        kwargs.pop("request", None)
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the theme's page wants."""
        told = {"title": _("Second facteur"), "app_path": self.request.get_full_path()}
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request), **told}

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in if the code is right; count it as a wrong password if not."""
        user: Any = self.user
        if login_guard.is_refused(self.request, user.get_username()):
            return HttpResponse(status=429)
        device = second_factor.match(user, form.cleaned_data["code"])
        if device is None:
            login_guard.failed(self.request, user.get_username())
            form.add_error("code", _("Ce code n'est pas le bon, a déjà servi, ou vient trop tôt après un autre essai."))
            return self.form_invalid(form)
        pending = self.request.session.pop(PENDING)
        user.otp_device = device
        auth_login(self.request, user, backend=pending["backend"])
        signed_in(self.request, user, now=timezone.now(), second_factor=True)
        return HttpResponseRedirect(self.get_success_url())


@require_POST
@never_cache
@csrf_protect
def logout_page(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        signed_out(request.user, now=timezone.now())
    auth_logout(request)
    context = {**admin.site.each_context(request), "has_permission": False, "title": _("Déconnexion")}
    return TemplateResponse(request, "registration/logged_out.html", context)


@transaction.atomic
def password_page(request: HttpRequest) -> HttpResponse:
    """Change one's own password: the admin's page, whose change is written down."""
    answer: HttpResponse = admin.site.password_change(request)
    if request.method == "POST" and answer.status_code == 302:
        User.objects.filter(pk=int(request.user.pk or 0)).update(password_is_temporary=False)
        password_changed(request.user, now=timezone.now())
    return answer


def _pending(request: HttpRequest) -> User | None:
    """Return the person whose password was right, as long as that holds."""
    found = request.session.get(PENDING) or {}
    if time.time() - found.get("at", 0) > MOST_SECONDS:
        return None
    user = User.objects.filter(pk=int(found.get("user") or 0), is_active=True).first()
    return user if user and user.get_session_auth_hash() == found.get("hash") else None


def _onward(url: str) -> str:
    return urlencode({"next": url})

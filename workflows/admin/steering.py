"""Pause, resume, stop: the operators' acts on workflows, sites, organizations and everything, each with its count."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import OrganizationAdmin, SiteAdmin
from accounts.models import Organization, Platform, Site
from accounts.tenancy import WORKERS
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.why import WhyForm
from communications.admin.restart import ReasonForm, ResumeForm
from communications.control import Restart
from workflows import control
from workflows.admin.install import install_page
from workflows.control import Order
from workflows.scope import MOST, Preview, Scope, preview


def order(person: Any, now: Any, raison: str = "") -> Order:
    """Return the order of a person."""
    return Order(str(person), now, raison)


def counted(found: Preview) -> list[str]:
    """Say what a scope holds, before anything is done to it."""
    executions, messages_ = found.held, found.messages
    lines = [
        ngettext("%(n)d exécution est concernée.", "%(n)d exécutions sont concernées.", executions) % {"n": executions},
        str(_("%(n)d d'entre elles sont en retard.")) % {"n": found.overdue},
        ngettext("%(n)d message est en file.", "%(n)d messages sont en file.", messages_) % {"n": messages_}
        + " " + str(_("%(n)d auraient déjà dû partir.")) % {"n": found.messages_overdue},
    ]  # fmt: skip
    if found.is_capped:
        lines.append(str(_("Il y en a davantage : on ne compte que jusqu'à %(n)d.")) % {"n": MOST})
    return lines


def _notes(rows: QuerySet[Any], _ids: Sequence[int]) -> list[str]:
    return counted(preview(*map(Scope.of, rows), now=timezone.now()))


def _each(model: type[Model], act: Callable[[Scope, Order, dict[str, Any]], int]) -> Callable[..., int]:
    """Make an act on one level one on several rows; returns how many rows were changed."""

    def run(ids: Sequence[int], now: Any, person: Any, raison: str = "", **answers: Any) -> int:
        rows: list[Any] = list(model._default_manager.filter(pk__in=ids).order_by("pk"))
        for row in rows:
            try:
                act(Scope.of(row), order(person, now, raison), answers)
            except control.ConflictError as error:
                raise ActError(f"{row} : {error}") from None
        return len(rows)

    return run


def resume(scope: Scope, given: Order, answers: dict[str, Any]) -> int:
    """Resume as the form says."""
    return control.resume(
        scope, given, Restart(answers.get("reprise") or Restart.SEND), answers.get("duree") or timedelta(0)
    )


def _stop(scope: Scope, given: Order, answers: dict[str, Any]) -> int:
    return control.stop(scope, given)


def level_acts(model: type[Model], field: str, running: Any, paused: Any) -> tuple[Act, ...]:
    """Return the acts on a level whose `field` says whether it runs."""
    return (
        Act(
            "pause", _("Mettre en pause"),
            _("rien ne commence, n'avance ni ne part jusqu'à la reprise ; ce qui arrive entre-temps n'est pas oublié."),
            _each(model, lambda scope, given, answers: control.pause(scope, given)), icon="pause", form=ReasonForm,
            field=field, values=frozenset({running}), notes=_notes, is_atomic=False,
        ),
        Act(
            "reprise", _("Reprendre"), _("les exécutions continuent là où elles en étaient."),
            _each(model, resume), icon="play_arrow", form=ResumeForm,
            field=field, values=frozenset({paused}), notes=_notes, is_atomic=False,
        ),
        Act(
            "arret", _("Arrêter"),
            _("toutes les exécutions finissent et les messages en attente ne partent pas. Cela ne se défait pas."),
            _each(model, _stop), icon="stop", is_dangerous=True, form=WhyForm,
            field=field, values=frozenset({running, paused}), notes=_notes, is_atomic=False,
        ),
    )  # fmt: skip


admin.site.unregister(Organization)
admin.site.unregister(Site)


@admin.register(Organization)
class SteeredOrganizationAdmin(Acts, OrganizationAdmin):
    """The client companies, which can be paused and stopped."""

    acts = level_acts(Organization, "is_paused", running=False, paused=True)


@admin.register(Site)
class SteeredSiteAdmin(Acts, SiteAdmin):
    """The web sites, which can be paused and stopped."""

    acts = level_acts(Site, "is_paused", running=False, paused=True)
    acted_by = WORKERS

    def get_urls(self) -> list[URLPattern]:
        """Add the page that helps to install the script."""
        view = self.admin_site.admin_view(self.install)
        return [path("installer/", view, name="accounts_site_install"), *super().get_urls()]

    def install(self, request: HttpRequest) -> HttpResponse:
        """Give the script, and show what arrives."""
        return install_page(self, request)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Lead from a site to its script."""
        if site := kwargs.get("obj"):
            url = f"{reverse('admin:accounts_site_install')}?site={site.pk}"
            button = {"title": _("Installer sur le site"), "icon": "integration_instructions", "path": url, "attrs": {}}
            context["actions_detail"] = [*context.get("actions_detail", []), button]
        return super().render_change_form(request, context, **kwargs)


def emergency_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """GET says what the emergency stop holds, or what lifting it lets go; POST does it. Superusers only."""
    if not request.user.is_superuser:
        raise PermissionDenied
    is_stopped = Platform.is_stopped()
    form_class = ResumeForm if is_stopped else WhyForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _stop_or_lift(request, is_stopped, form.cleaned_data)
        return HttpResponseRedirect(reverse("admin:index"))
    context = {
        **model_admin.admin_site.each_context(request), "title": _("Arrêt d'urgence"), "opts": model_admin.opts,
        "is_stopped": is_stopped, "notes": counted(preview(Scope.everything(), now=timezone.now())), "form": form,
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/emergency.html", context)


def _stop_or_lift(request: HttpRequest, is_stopped: bool, answers: dict[str, Any]) -> None:
    given = order(request.user, timezone.now(), answers.pop("raison"))
    try:
        if is_stopped:
            resume(Scope.everything(), given, answers)
            messages.success(request, str(_("L'arrêt d'urgence est levé : tout reprend.")))
        else:
            control.pause(Scope.everything(), given)
            messages.warning(request, str(_("Arrêt d'urgence : rien n'avance et rien ne part.")))
    except control.ConflictError as error:
        messages.error(request, str(error))


def environment(request: HttpRequest) -> list[Any] | None:
    """Return the badge that every page shows during an emergency stop (UNFOLD's ENVIRONMENT)."""
    if not Platform.is_stopped():
        return None
    return [_("Arrêt d'urgence"), "danger"]

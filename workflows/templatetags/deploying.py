"""Words of the deployment page: what becomes of a workflow or a text, what a course costs, conditions."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from workflows.channels import CHANNELS
from workflows.costs import Cost, Costs
from workflows.diff import Kind
from workflows.foresee import Fate
from workflows.spoken import condition_in_words

register = template.Library()

FATES = {
    Fate.CREATED: _("créé"), Fate.UPDATED: _("mis à jour"), Fate.REVIVED: _("actif de nouveau"),
    Fate.SAME: _("inchangé"),
}  # fmt: skip
TEXT_FATES = {
    Fate.CREATED: _("nouveau texte"), Fate.UPDATED: _("texte mis à jour"), Fate.KEPT: _("votre texte, gardé"),
    Fate.SAME: _("inchangé"),
}  # fmt: skip
KINDS = {
    Kind.ADDED: _("ajouté"), Kind.REMOVED: _("supprimé"), Kind.CHANGED: _("modifié"), Kind.MOVED: _("déplacé"),
}  # fmt: skip
COURSES = {
    "silent": _("si rien d'autre n'arrive"), "answered": _("si tout ce qui est attendu arrive"),
    "most": _("au plus, toutes branches comprises"),
}  # fmt: skip


@register.filter
def fate(code: Any) -> str:
    """Say what becomes of a workflow."""
    return str(FATES.get(code, code))


@register.filter
def text_fate(code: Any) -> str:
    """Say what becomes of a text."""
    return str(TEXT_FATES.get(code, code))


@register.filter
def kind(code: Any) -> str:
    """Say what kind of difference it is."""
    return str(KINDS.get(code, code))


@register.filter
def channel(name: str) -> str:
    """Return what a channel is called."""
    return CHANNELS[name].title if name in CHANNELS else name


@register.filter
def condition(source: str) -> str:
    """Return a condition as one reads it."""
    return condition_in_words(source)


@register.filter
def courses(costs: Costs) -> list[tuple[str, Cost]]:
    """Return what one contact costs, course by course."""
    return [(str(title), getattr(costs, name)) for name, title in COURSES.items()]


@register.filter
def cost_messages(cost: Cost) -> str:
    """Say how many messages a course has: `2 SMS, 1 email`."""
    found = [f"{n} {_emails(n) if name == 'email' else CHANNELS[name].name}" for name, n in cost.messages.items() if n]
    return ", ".join(found) or str(_("aucun message"))


def _emails(count: int) -> str:
    return ngettext("email", "emails", count)

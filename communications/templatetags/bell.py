"""`{% load bell %}{% bell %}`: the bell in the header of every page, with how many alerts are unread."""

from typing import Any

from django import template
from django.http import HttpRequest

from accounts.tenancy import organizations_of
from communications.unread import MOST, unread_of

register = template.Library()


@register.inclusion_tag("admin/parts/bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the bell shows to whoever looks."""
    return rung(context["request"])


def rung(request: HttpRequest) -> dict[str, Any]:
    """Return how many alerts are unread, and whether there may be more."""
    count = unread_of(organizations_of(request.user))
    return {"unread": count, "is_cut": count >= MOST, "most": MOST - 1}

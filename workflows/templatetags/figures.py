"""Cells of figures as people read them: `{{ value|cell:column.kind }}`, `{{ change|moved }}`."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from berinia.formats import duration, euros, number, percent
from workflows.targets import Change

register = template.Library()


@register.filter
def cell(value: Any, kind: str) -> str:
    """Return a cell of a sheet: « — » for nothing."""
    if value is None or value == "":
        return "—"
    match kind:
        case "count":
            return number(value)
        case "share":
            return percent(value, 1)
        case "seconds":
            return duration(value)
        case "euros":
            return euros(value)
    return str(value)


@register.filter
def moved(change: Change) -> SafeString | str:
    """Return by how much a number moved, with its sign; what is better or worse also says so without colour."""
    if change.absolute is None:
        return "—"
    if change.kind == "seconds":
        shown = duration(abs(change.absolute))
    elif change.kind == "share":
        shown = _("%s points") % number(abs(change.absolute) * 100, 1)
    else:
        shown = number(abs(change.absolute))
    sign = "+" if change.absolute > 0 else "−" if change.absolute < 0 else "="
    part = f" ({sign}{percent(abs(change.relative))})" if change.relative else ""
    text = f"{sign}{shown}{part}" if change.absolute else _("inchangé")
    if change.is_better is None:
        return format_html('<span class="a-delta">{}</span>', text)
    mood, word = ("good", _("mieux")) if change.is_better else ("bad", _("moins bien"))
    return format_html('<span class="a-delta a-{}">{} <span class="b-soft">{}</span></span>', mood, text, word)

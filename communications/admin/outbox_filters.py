"""Ways to narrow the list of messages down: by channel, by text, by what waits for a reason.

No index serves these, and a rare text or channel would be looked for in the whole table: so it is among the latest
messages that one looks.
"""

from datetime import datetime
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import organizations_of
from berinia.admin.base import FEW
from berinia.admin.paging import MOST
from communications.explanations import explanation
from communications.models import Message, Template
from communications.models.message import Channel, MessageStatus
from communications.outbox import STATUSES, Tab

TABS = {
    Tab.QUEUED.value: _("en file"), Tab.DEFERRED.value: _("différés"), Tab.SENT.value: _("envoyés"),
    Tab.DELIVERED.value: _("remis"), Tab.REJECTED.value: _("rejets et plaintes"), Tab.DEAD.value: _("échoués"),
}  # fmt: skip
LATEST = 5_000


def among_latest(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Return the latest of these messages."""
    oldest = messages.order_by("-pk").values_list("pk", flat=True)[LATEST - 1 : LATEST]
    return messages.filter(pk__gte=next(iter(oldest), 0))


def deferred(messages: QuerySet[Message], now: Any) -> QuerySet[Message]:
    """Return those that wait in the queue for a reason (see journey.is_deferred)."""
    return messages.filter(status=MessageStatus.QUEUED, due_at__gt=now).exclude(reason="")


def _waiting(messages: QuerySet[Message], now: datetime) -> list[int]:
    """Return the latest that wait for nothing but their turn. Each status has an index; no index has them all."""
    for_reasons = Q(due_at__gt=now) & ~Q(reason="")
    queued = messages.filter(status=MessageStatus.QUEUED).exclude(for_reasons)
    others = [messages.filter(status=status) for status in (MessageStatus.HELD, MessageStatus.SENDING)]
    return [pk for part in (queued, *others) for pk in part.order_by("-pk").values_list("pk", flat=True)[:MOST]]


class TabFilter(SimpleListFilter):
    """A part of the outbox: what waits, what went out, what did not."""

    title, parameter_name = _("envoi"), "envoi"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the parts."""
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the part."""
        match self.value():
            case Tab.DEFERRED:
                return deferred(queryset, timezone.now())
            case Tab.QUEUED:
                return queryset.filter(pk__in=_waiting(queryset, timezone.now()))
            case str() as tab if tab in STATUSES:
                return queryset.filter(status__in=STATUSES[Tab(tab)])
        return queryset


class ReasonFilter(SimpleListFilter):
    """Messages that did not go out for one reason, among the latest of them: reached from the list of reasons."""

    title, parameter_name = _("raison"), "raison"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the one that is chosen: the page itself lists those that there are."""
        reason = request.GET.get(self.parameter_name)
        return [] if reason is None else [(reason, explanation(reason).why or reason or _("sans raison connue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the reason."""
        reason = self.value()
        if reason is None:
            return queryset
        return among_latest(queryset.filter(status__in=STATUSES[Tab.DEAD])).filter(reason=reason)


class ChannelFilter(SimpleListFilter):
    """Messages of one channel, among the latest: a site that writes emails may have sent one SMS years ago."""

    title, parameter_name = _("canal (des 5 000 derniers messages)"), "canal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the channels."""
        return Channel.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what travels on it."""
        channel = self.value()
        return among_latest(queryset).filter(channel=channel) if channel else queryset


class TemplateFilter(SimpleListFilter):
    """Messages of one text, among the latest."""

    title, parameter_name = _("modèle (des 5 000 derniers messages)"), "modele"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the names of the texts that the person may see."""
        organizations, texts = organizations_of(request.user), Template.objects.all()
        if organizations is not None:
            texts = texts.filter(organization_id__in=organizations)
        names = texts.order_by("name").values_list("name", flat=True).distinct()[:FEW]
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what was written from it."""
        name = self.value()
        return among_latest(queryset).filter(template=name) if name else queryset

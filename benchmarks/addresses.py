"""Every address that a person or a program may open: admin pages and the API's GETs, from the URL patterns.

Of each list: as it is, each choice of each filter, searches, its second and last page, the confirmation of each act.
Of the first and the newest row that the person may see: its pages. Then what these pages link to and no pattern tells
(periods, tabs), a few of each kind.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, resolve, reverse
from django.urls.exceptions import Resolver404

from accounts.models import Site
from communications.models import Message
from crm.models import Contact, Event, Lead, Task
from workflows.models import Enrolment, Execution, ExecutionStatus, Workflow

# Files to download, and what is no page of ours.
NO_PAGES = frozenset({"logout", "jsi18n", "view_on_site", "crm_connection_download", "crm_contact_export", "docs"})
LINKED = 3  # addresses of one pattern and the same parameters that are followed
SELECTED = 50
SEARCHES = ("12345", "contact4242@exemple.invalid", "+999000004242", "Camille", "introuvable")


class Pages:
    """The admin's addresses, as one person sees them."""

    def __init__(self, client: Client) -> None:
        self.client = client
        assert get_resolver().url_patterns  # loading them is what finds the pages of the admin
        self.found: dict[str, str] = {}  # address → the form that is posted to it, "" for GET
        self.kinds: Counter[tuple[str, ...]] = Counter()

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield the addresses, each with the form that is posted to it ("": it is got), as they are found."""
        told = 0
        for step in self._steps():
            step()
            new = list(self.found.items())[told:]
            told += len(new)
            yield from new

    def _steps(self) -> Iterator[Callable[[], None]]:
        for model in admin.site._registry:
            yield partial(self._of_model, model)
        for pattern in _named(admin.site.urls[0]):
            yield partial(self._own, pattern)
        for address in list(self.found):
            yield partial(self._links, address)

    def _add(self, address: str, form: str = "") -> Any:
        """Take an address when it answers with a page; return the answer."""
        if address in self.found and not form:
            return None
        if form:
            answer = self.client.post(address, dict(parse_qsl(form)))
            address = f"{address}#{dict(parse_qsl(form)).get('action', '')}"
        else:
            answer = self.client.get(address)
        if answer.status_code == 200 or answer.status_code >= 500:
            self.found[address] = form
            return answer
        return None

    def _of_model(self, model: Any) -> None:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        base = reverse(f"admin:{name}_changelist")
        answer = self._add(base)
        if answer is None:
            return
        self._add(reverse(f"admin:{name}_add"))
        changelist = (getattr(answer, "context_data", None) or {}).get("cl")
        page = admin.site._registry[model]
        ids = [row.pk for row in changelist.result_list] if changelist is not None else []
        if changelist is not None:
            for query in _queries(changelist):
                self._add(base + query)
            if page.search_fields or hasattr(page, "find"):
                for term in SEARCHES:
                    self._add(f"{base}?q={term.replace('+', '%2B')}")
        first = list(page.get_queryset(answer.wsgi_request).order_by("pk").values_list("pk", flat=True)[:1])
        for pk in dict.fromkeys([*ids[:1], *first]):
            for what in ("change", "history", "delete"):
                self._add(reverse(f"admin:{name}_{what}", args=[pk]))
        for act in getattr(page, "acts", ()):
            asked = reverse(f"admin:{name}_act", args=[act.name])
            self._add(f"{asked}?ids={','.join(map(str, ids[:1]))}&page=1")
            if ids and act.is_for_many:
                self._add(f"{asked}?ids={','.join(map(str, ids[:SELECTED]))}")
                self._add(base, f"action={act.name}&select_across=1&index=0&_selected_action={ids[0]}")

    def _own(self, pattern: URLPattern) -> None:
        """Add a page with an address of its own: with the number of a row, or without any."""
        if pattern.name is None or pattern.name in NO_PAGES:
            return
        names = sorted(pattern.pattern.converters)
        if not names:
            try:
                self._add(reverse(f"admin:{pattern.name}"))
            except NoReverseMatch:  # a part of the address is a regular expression
                return
        elif len(names) == 1 and names != ["url"] and names != ["object_id"]:
            for pk in self._numbers(pattern.name):
                try:
                    self._add(reverse(f"admin:{pattern.name}", args=[pk]))
                except NoReverseMatch:  # not a number that it asks for
                    return

    def _numbers(self, name: str) -> list[Any]:
        """Return the first and newest row of the model that a page's name begins with."""
        for model, page in admin.site._registry.items():
            if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
                answer = self.client.get(reverse("admin:index"))
                rows = page.get_queryset(answer.wsgi_request)
                return list(rows.order_by("pk").values_list("pk", flat=True)[:1]) + list(
                    rows.order_by("-pk").values_list("pk", flat=True)[:1]
                )
        return []

    def _links(self, address: str) -> None:
        if self.found[address]:
            return
        path = urlsplit(address).path
        text = self.client.get(address).content.decode(errors="replace")
        for match in re.finditer(r'(?:href|hx-get)="([^"#]+)', text):
            target = unescape(match[1])
            target = path + target if target.startswith("?") else target
            if target.startswith("/admin/") and self._is_new(target):
                self._add(target)

    def _is_new(self, target: str) -> bool:
        parts = urlsplit(target)
        try:
            found = resolve(parts.path)
        except Resolver404:
            return False
        if target in self.found or found.url_name in NO_PAGES:
            return False
        # What a row's pattern names is there already; only another parameter makes another kind.
        kind = (found.url_name or "", *sorted(name for name, _v in parse_qsl(parts.query)))
        self.kinds[kind] += 1
        return self.kinds[kind] <= LINKED


def _queries(changelist: Any) -> Iterator[str]:
    """Yield what a list may be asked for: each choice of each filter, its second page and its last."""
    for spec in changelist.filter_specs:
        choices = [c["query_string"] for c in spec.choices(changelist) if c.get("query_string")]
        yield from (query for query in islice(choices, 12) if query != "?")
    pages = changelist.paginator.num_pages
    yield from (f"?p={n}" for n in {2, pages} if 1 < n <= pages)


def _named(patterns: Any) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _named(pattern.url_patterns)
        else:
            yield pattern


def api_addresses(site: Site, client: Client) -> list[str]:
    """Return the API's GETs that answer, for the newest rows of a site, with each status that a list takes."""
    given = _numbers_of(site)
    found = []
    for pattern in _named(get_resolver().url_patterns):
        route = f"/{pattern.pattern}"
        if not route.startswith("/api/") or pattern.name in NO_PAGES:
            continue
        names = list(pattern.pattern.converters)
        if all(given.get(name) is not None for name in names):
            found.append(re.sub(r"<\w+:(\w+)>", lambda m: str(given[m[1]]), route))
    statuses = [f"/api/workflows/execute?limit=100&status={status}" for status in ExecutionStatus.values]
    statuses += [f"/api/messages?limit=100&statut={s}" for s in ("envoye", "echoue", "differe", "remis")]
    statuses += ["/api/leads?limit=100", "/api/leads?qualite=CHAUD", "/api/analytics/conversions?periode=30d",
                 "/api/analytics/messages?par=modele"]  # fmt: skip
    return [address for address in [*found, *statuses] if client.get(address).status_code in (200, 500)]


def _numbers_of(site: Site) -> dict[str, Any]:
    def newest(rows: Any) -> Any:
        return rows.filter(site=site).order_by("-pk").values_list("pk", flat=True).first()

    workflow = Workflow.objects.filter(site=site).order_by("pk").first()
    return {
        "event_id": newest(Event.objects), "execution_id": newest(Execution.objects), "task_id": newest(Task.objects),
        "message_id": newest(Message.objects), "contact_id": newest(Contact.objects), "lead_id": newest(Lead.objects),
        "name": workflow.slug if workflow else None, "number": 1,
        "enrolment_id": newest(Enrolment.objects),
    }  # fmt: skip

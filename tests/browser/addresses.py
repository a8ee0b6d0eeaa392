"""Every page of the admin, from its URL patterns, with the newest row of each model. Run in the house's own process."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.urls import URLPattern, get_resolver, reverse

STANDARD = ("changelist", "add", "change", "delete", "history", "act", "autocomplete")
# Files, forms that are posted, and the bell alone, a fragment of every page.
NO_PAGES = frozenset({"communications_notification_bell"})


def addresses() -> Iterator[str]:
    """Yield the addresses; some of them may be forbidden, or files."""
    get_resolver().url_patterns  # noqa: B018 - this finds the admin's pages
    yield reverse("admin:index")
    yield reverse("second-factor")
    forms: set[Any] = set()
    for model, page in admin.site._registry.items():
        yield from _of_model(model, page, forms)


def _of_model(model: Any, page: Any, forms: set[Any]) -> Iterator[str]:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    newest = model._default_manager.aggregate(newest=Max("pk"))["newest"]
    yield reverse(f"admin:{name}_changelist")
    yield reverse(f"admin:{name}_add")
    if newest is not None:
        yield reverse(f"admin:{name}_change", args=[newest])
    for act in getattr(page, "acts", ()):
        if newest is not None and act.form not in forms:  # the others look the same
            forms.add(act.form)
            yield f"{reverse(f'admin:{name}_act', args=[act.name])}?ids={newest}&page=1"
    for pattern in page.get_urls():
        if isinstance(pattern, URLPattern) and pattern.name and not pattern.name.endswith(STANDARD):
            if not pattern.pattern.converters and pattern.name not in NO_PAGES:
                yield reverse(f"admin:{pattern.name}")
            elif list(pattern.pattern.converters) == ["pk"] and newest is not None:
                yield reverse(f"admin:{pattern.name}", args=[newest])


def main() -> None:
    """Print them as JSON."""
    print(json.dumps(list(dict.fromkeys(addresses()))))

"""Of which sites the figures are shown: all that the person may see, one organization's, or one site."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Organization, Site
from accounts.tenancy import organizations_of, sites_of
from workflows.counters import period_of

FEW = 500  # organizations or sites that are offered by name


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for, and what may be asked for instead. `organizations`: None means all there are."""

    period: str
    sites: Sequence[int]
    organizations: Sequence[int] | None
    organization: Organization | None
    site: Site | None
    may_organizations: Sequence[Organization]
    may_sites: Sequence[Site]
    query: str

    @property
    def is_offered(self) -> bool:
        """Whether there is anything to choose among."""
        return len(self.may_sites) > 1 or len(self.may_organizations) > 1

    @property
    def periods(self) -> list[tuple[str, str, str]]:
        """Each period: its key, its name, and the address of the same page with it."""
        names = {"24h": _("24 heures"), "7d": _("7 jours"), "30d": _("30 jours")}
        return [(key, name, f"?periode={key}{self.query}") for key, name in names.items()]


def chosen(request: HttpRequest) -> Chosen:
    """Read `periode`, `organisation` and `site` of an address. Raises Http404 for what the person may not see."""
    given, user = request.GET, request.user
    mine = organizations_of(user)
    organizations = own_organizations(request)
    organization = _one(organizations, given.get("organisation"))
    sites = Site.objects.select_related("organization").order_by("business_name", "pk")
    if mine is not None:
        sites = sites.filter(organization_id__in=mine)
    site = _one(sites, given.get("site"))
    if site and organization and site.organization_id != organization.pk:
        site = None  # the organization was changed and the site's list was not
    offered = sites.filter(organization=organization) if organization else sites
    if site:
        ids: Sequence[int] = [site.pk]
    elif organization:
        ids = list(Site.objects.filter(organization=organization).values_list("pk", flat=True))
    else:
        ids = sites_of(user)
    query = f"&organisation={organization.pk}" if organization else ""
    query += f"&site={site.pk}" if site else ""
    return Chosen(
        period_of(given.get("periode")), ids, _whose(mine, organization, site), organization, site,
        list(organizations[:FEW]), list(offered[:FEW]), query,
    )  # fmt: skip


def own_organizations(request: HttpRequest) -> QuerySet[Organization]:
    """Return the organizations that a person sees, by name."""
    mine, found = organizations_of(request.user), Organization.objects.order_by("name")
    return found if mine is None else found.filter(pk__in=mine)


def _one(rows: Any, asked: str | None) -> Any:
    if not asked:
        return None
    row = rows.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    if row is None:
        raise Http404
    return row


def _whose(mine: Sequence[int] | None, organization: Organization | None, site: Site | None) -> Sequence[int] | None:
    if organization is None and site is None:
        return mine
    return [organization.pk if organization else site.organization_id]  # type: ignore[union-attr]

"""Whose rows a person may see and change in the admin: those of the organizations they are a member of.

The role decides, per organization: a reader looks, a sales person also changes contacts, an operator runs
everything, an owner also manages sites and keys. A superuser may do everything everywhere. Django's own
permissions play no part for rows that belong to an organization.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Organization, Role, Site, User

Person = User | AnonymousUser
EVERYBODY = frozenset(Role)
WORKERS = frozenset({Role.OWNER, Role.OPERATOR})
WRITERS = frozenset({Role.OWNER, Role.OPERATOR, Role.SALES})
OWNERS = frozenset({Role.OWNER})
NOBODY: frozenset[Role] = frozenset()


def roles_of(user: Person) -> Mapping[int, str]:
    """Return a person's role by organization id, read once per request."""
    if user.pk is None:
        return {}
    known: Mapping[int, str] | None = getattr(user, "_roles", None)
    if known is None:
        known = dict(Membership.objects.filter(user_id=user.pk).values_list("organization_id", "role"))
        vars(user)["_roles"] = known
    return known


def organizations_of(user: Person, roles: frozenset[Role] = EVERYBODY) -> list[int] | None:
    """Return the ids of the organizations in which a person has one of these roles; None: all there are."""
    if not (user.is_active and user.is_staff):
        return []
    if user.is_superuser:
        return None
    return [organization for organization, role in roles_of(user).items() if role in roles]


def sites_of(user: Person, roles: frozenset[Role] = EVERYBODY) -> list[int]:
    """Return the ids of the sites that a person may see, so that lists use the indexes that begin with the site.

    Read once per request and set of roles.
    """
    known: dict[frozenset[Role], list[int]] = vars(user).setdefault("_sites", {})
    if roles not in known:
        organizations = organizations_of(user, roles)
        everything = Site.objects.all()
        found = everything if organizations is None else everything.filter(organization_id__in=organizations)
        known[roles] = list(found.values_list("pk", flat=True))
    return list(known[roles])


class Tenancy:
    """Mixed into a ModelAdmin: its rows, its forms and its acts stay within the person's organizations.

    `organization_path` leads from a row to the organization's id, `site_path` to the site's id (on big
    tables, whose indexes begin with the site). `changed_by` says which roles may add, change and delete.
    """

    organization_path: ClassVar[str] = "organization_id"
    site_path: ClassVar[str | None] = None
    changed_by: ClassVar[frozenset[Role]] = WORKERS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that the person may see."""
        return self.within(request, super().get_queryset(request))  # type: ignore[misc]

    def within(
        self, request: HttpRequest, queryset: QuerySet[Any], roles: frozenset[Role] = EVERYBODY
    ) -> QuerySet[Any]:
        """Limit rows to the organizations in which the person has one of these roles."""
        organizations = organizations_of(request.user, roles)
        if organizations is None:
            return queryset
        if self.site_path:
            return queryset.filter(**{f"{self.site_path}__in": sites_of(request.user, roles)})
        return queryset.filter(**{f"{self.organization_path}__in": organizations})

    def may(self, request: HttpRequest, roles: frozenset[Role], obj: Model | None = None) -> bool:
        """Tell whether the person has one of these roles: in the row's organization, or in any."""
        organizations = organizations_of(request.user, roles)
        if organizations is None or not organizations:
            return organizations is None
        if obj is None or obj.pk is None:
            return True
        return self._organization_of(request, obj) in organizations

    def _organization_of(self, request: HttpRequest, obj: Model) -> int | None:
        """Return the organization's id of a row as it is stored, whatever a form has put into it; once per request."""
        known: dict[tuple[Any, Any], int | None] = vars(request).setdefault("_organizations", {})
        row = (type(obj), obj.pk)
        if row not in known:
            stored = type(obj)._default_manager.filter(pk=obj.pk)
            known[row] = stored.values_list(self.organization_path, flat=True).first()
        return known[row]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person sees anything of this."""
        return self.may(request, EVERYBODY)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tell whether the person may look at this row."""
        return self.may(request, EVERYBODY, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tell whether the person may add a row."""
        return self.may(request, self.changed_by)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tell whether the person may change this row."""
        return self.may(request, self.changed_by, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tell whether the person may delete this row."""
        return self.may(request, self.changed_by, obj)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and accept, only what belongs to organizations in which the person may change things."""
        organizations = organizations_of(request.user, self.changed_by)
        if organizations is not None:
            kwargs["queryset"] = _owned(db_field.remote_field.model, organizations)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def _owned(model: Any, organizations: list[int]) -> QuerySet[Any]:
    """Return the rows of a model that belong to organizations; none of a model that has no organization."""
    path = "pk" if model is Organization else "organization_id"
    if path != "pk" and not any(field.attname == path for field in model._meta.concrete_fields):
        return model._default_manager.none()
    return model._default_manager.filter(**{f"{path}__in": organizations})

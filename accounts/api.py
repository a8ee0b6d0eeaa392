"""The base of every API view that a site's key opens, or the token of a person who may."""

from typing import Any, ClassVar

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.authentication import SiteKeyAuthentication
from accounts.caller import Caller, UserTokenAuthentication
from accounts.keys import KeyKind
from accounts.models import Role, Site
from accounts.tenancy import EVERYBODY, WORKERS
from berinia.api import ApiError, JSONView


class SiteView(JSONView):
    """A view for the holder of a site's key, or a person. Publishable keys only open the methods named here.

    `changed_by`: which roles may do more than read, with a token; the same as in the admin.
    """

    authentication_classes = (UserTokenAuthentication, SiteKeyAuthentication)
    permission_classes = ()
    publishable_methods: tuple[str, ...] = ()
    changed_by: ClassVar[frozenset[Role]] = WORKERS

    def check_permissions(self, request: Request) -> None:
        """Refuse publishable keys and roles where they do not belong. Raises PermissionDenied and ApiError 403."""
        key: Any = request.auth
        if isinstance(key, Caller):
            if not key.is_one_of(EVERYBODY if request.method in SAFE_METHODS else self.changed_by):
                raise ApiError(403, "interdit", "Votre rôle dans cette organisation ne permet pas cette opération.")
        elif key.kind == KeyKind.PUBLISHABLE and request.method not in self.publishable_methods:
            raise PermissionDenied
        super().check_permissions(request)

    @property
    def site(self) -> Site:
        """The site of the key, or the one that the person named."""
        key: Any = self.request.auth
        site: Site = key.site
        return site

    @property
    def actor(self) -> str:
        """How the audit log names the caller: by name, or by how the key begins."""
        key: Any = self.request.auth
        return key.prefix if isinstance(key, Caller) else f"clé {key.prefix}…"

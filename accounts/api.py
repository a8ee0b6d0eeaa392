"""The base of every API view that a site's key opens."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.authentication import SiteKeyAuthentication
from accounts.keys import KeyKind
from accounts.models import Site
from berinia.api import JSONView


class SiteView(JSONView):
    """A view for the holder of a site's key. Publishable keys only open the methods named here."""

    authentication_classes = (SiteKeyAuthentication,)
    permission_classes = ()
    publishable_methods: tuple[str, ...] = ()

    def check_permissions(self, request: Request) -> None:
        """Refuse publishable keys where they do not belong. Raises PermissionDenied."""
        key: Any = request.auth
        if key.kind == KeyKind.PUBLISHABLE and request.method not in self.publishable_methods:
            raise PermissionDenied
        super().check_permissions(request)

    @property
    def site(self) -> Site:
        """The site of the key."""
        key: Any = self.request.auth
        site: Site = key.site
        return site

    @property
    def actor(self) -> str:
        """How the audit log names the caller: by how its key begins."""
        key: Any = self.request.auth
        return f"clé {key.prefix}…"

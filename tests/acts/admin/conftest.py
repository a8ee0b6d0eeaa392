"""People who sign in to the admin."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Organization, Role, User


def signed_in(organization: Organization | None = None, role: str = Role.OPERATOR, **changes: Any) -> Client:
    """Return the client of a member of an organization; of a superuser without one."""
    fields = {"username": f"personne-{User.objects.count()}", "is_staff": True, "is_superuser": organization is None}
    user = User.objects.create_user(**fields | changes)
    if organization is not None:
        Membership.objects.create(user=user, organization=organization, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser's client."""
    return signed_in()

"""Ours, theirs, and whoever signs in."""

from typing import Any

import pytest
from django.test import Client

from tests.acts.isolation.world import World, build

THEIRS, OURS = "Zebulon", "Nous"


@pytest.fixture
def theirs(db: None) -> World:
    """The organization that nobody else may see or touch."""
    return build(THEIRS)


@pytest.fixture
def ours(theirs: World) -> World:
    """The organization of whoever tries."""
    return build(OURS)


def client_of(user: Any) -> Client:
    """Return the client of somebody who is signed in."""
    client = Client()
    client.force_login(user)
    return client

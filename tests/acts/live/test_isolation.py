"""Every command of the socket, about the rows of another organization: nothing is shown, and nothing changes."""

import json
from typing import Any

import pytest

from accounts.models import Role
from berinia import live
from tests.acts.isolation.world import World, build, picture
from tests.acts.live.conftest import client_of
from workflows.live.commands import COMMANDS

THEIRS = "Zebulon"
# What a field of a command is filled with; one that is not here fails, so that a new command is tried, too.
FILLED = {
    "executionId": lambda world: str(world.row("workflows.execution").pk),
    "workflowId": lambda world: str(world.row("workflows.workflow").pk),
    "notificationId": lambda world: str(world.row("communications.notification").pk),
    "periode": lambda world: "24h",
    "depuis": lambda world: "0-0",
}


def about(kind: str, world: World) -> tuple[dict[str, Any], bool]:
    """Return what a command says of a world, and whether it names a row of it."""
    names = COMMANDS[kind].model_fields
    unknown = set(names) - set(FILLED)
    assert not unknown, f"{kind}: say in FILLED what {unknown} is"
    return {name: FILLED[name](world) for name in names}, any(name.endswith("Id") for name in names)


@pytest.mark.parametrize("role", [Role.OWNER, Role.READER])
def test_no_command_reaches_another_organization(opened, role):
    theirs, ours = build(THEIRS), build("Nous")
    socket, before = opened(client_of(ours.member(role))), picture(theirs)
    hello = socket.next("HELLO")
    live.publish(theirs.organization.pk, live.Kind.LEAD_UPDATE, {"leadId": "1", "nom": THEIRS})
    told = [hello]
    for kind in COMMANDS:
        payload, names_a_row = about(kind, theirs)
        found = socket.until_ack(kind, payload)
        told += found
        assert found[-1]["type"] == ("ERROR" if names_a_row else "ACK"), (kind, found)
        if names_a_row:
            assert found[-1]["payload"]["code"] == "introuvable", kind
    live.publish(ours.organization.pk, live.Kind.LEAD_UPDATE, {"leadId": "last"})
    told.append(socket.next("LEAD_UPDATE"))
    assert told[-1]["payload"]["leadId"] == "last"
    assert THEIRS.lower() not in json.dumps(told).lower()
    assert picture(theirs) == before


def test_their_own_people_are_answered(opened):
    theirs = build(THEIRS)
    socket = opened(client_of(theirs.member(Role.OWNER)))
    for kind in COMMANDS:
        assert socket.until_ack(kind, about(kind, theirs)[0])[-1]["type"] == "ACK", kind

"""What a page or a program may say through the socket, and what comes of it: acts on the database, in a thread."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from accounts.door import Person
from berinia import wire
from berinia.sentences import sentence
from communications.mark_read import mark_read
from communications.models import Notification
from workflows.models import Execution, Workflow

Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]


class CommandError(Exception):
    """A command that was not carried out: its code and French sentence go back to who gave it."""

    def __init__(self, code: str, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.code, self.detail, self.field = code, detail, field


class Payload(BaseModel):
    """What a command is about; nothing that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Nothing(Payload):
    """A command that says all by its name."""


class Period(Payload):
    periode: Literal["24h", "7d", "30d"] = "24h"


class OneExecution(Payload):
    executionId: Id  # noqa: N815 - as it is written on the wire


class OneWorkflow(Payload):
    workflowId: Id  # noqa: N815


class OneNotification(Payload):
    notificationId: Id  # noqa: N815


class Since(Payload):
    depuis: str = Field(min_length=1, max_length=40)


COMMANDS: dict[str, type[Payload]] = {
    "WATCH_METRICS": Period, "WATCH_EXECUTION": OneExecution, "WATCH_WORKFLOW": OneWorkflow, "UNWATCH": Nothing,
    "READ_NOTIFICATION": OneNotification, "RESUME": Since, "PING": Nothing,
}  # fmt: skip


class Command(Payload):
    """The envelope. `id` is given back with the answer; given again, the command is not carried out again."""

    type: str = Field(max_length=40)
    payload: dict[str, Any] = {}
    id: str = Field("", max_length=64)


def read(text: str) -> tuple[Command, Payload]:
    """Read a command. Raises CommandError."""
    try:
        command = Command.model_validate(wire.read(text.encode()))
    except wire.WireError as error:
        raise CommandError(error.code, error.detail) from None
    except ValidationError as error:
        raise _refusal(error, "") from None
    if command.type not in COMMANDS:
        raise CommandError("type_inconnu", f"« type » doit être l'un de : {', '.join(COMMANDS)}.", "type")
    try:
        return command, COMMANDS[command.type].model_validate(command.payload)
    except ValidationError as error:
        raise _refusal(error, "payload.") from None


def _refusal(error: ValidationError, where: str) -> CommandError:
    first = error.errors(include_url=False)[0]
    code, detail = sentence(first)
    return CommandError(code, detail, where + ".".join(str(part) for part in first["loc"]))


def owner_of_execution(person: Person, execution_id: str) -> int:
    """Return the organization of an execution that a person may look at. Raises CommandError."""
    found = Execution.objects.filter(pk=execution_id).values_list("organization_id", flat=True).first()
    return _theirs(person, found, "Cette exécution n'existe pas.", "executionId")


def owner_of_workflow(person: Person, workflow_id: str) -> int:
    """Return the organization of a workflow that a person may look at. Raises CommandError."""
    found = Workflow.objects.filter(pk=workflow_id).values_list("organization_id", flat=True).first()
    return _theirs(person, found, "Ce workflow n'existe pas.", "workflowId")


def read_notification(person: Person, notification_id: str, now: datetime) -> None:
    """Mark an alert as read, as in the admin; whoever sees it may. Raises CommandError."""
    found = Notification.objects.filter(pk=notification_id).values_list("organization_id", flat=True).first()
    _theirs(person, found, "Cette notification n'existe pas.", "notificationId")
    mark_read([int(notification_id)], actor=person.username, now=now)


def _theirs(person: Person, organization_id: int | None, sentence: str, field: str) -> int:
    """The answer is the same for what is another organization's and for what is not there."""
    if organization_id is None or not person.sees(organization_id):
        raise CommandError("introuvable", sentence, f"payload.{field}")
    return organization_id

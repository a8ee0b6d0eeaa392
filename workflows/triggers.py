"""What can start a workflow: the forms of `trigger`. Pure."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from berinia.clock import is_zone
from workflows.conditions import Condition, compile_condition
from workflows.steps import agent, call, send, start
from workflows.steps.base import EventName, When, Where

SMS_RECEIVED = "sms_recu"
# Reported about one step or message. A workflow that began with them, and sends or calls, would go round forever.
ABOUT_STEPS = (
    send.SENT, send.FAILED, call.ANSWERED, call.FAILED, agent.ANSWERED, agent.FAILED, start.STARTED,
    "email.delivered", "email.failed", "sms.delivered", "sms.failed", "whatsapp.delivered", "whatsapp.failed",
)  # fmt: skip
SEGMENT = "segment."
SEGMENT_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """What is stored of a trigger: an event and its condition, or a schedule and for whom."""

    event: str = ""
    condition: str = ""
    schedule: str = ""
    timezone: str = ""
    audience: str = ""


class Form(BaseModel):
    """One form: the field named like `form` is the one that tells it from the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: ClassVar[str]

    @abstractmethod
    def row(self) -> TriggerRow | None:
        """Return what is stored; None when nothing has to be looked for."""

    @abstractmethod
    def said(self) -> str:
        """Say it in French."""


def _of_the_site(event: str) -> str:
    if event in ABOUT_STEPS:
        raise ValueError(f"{event!r} is reported about one step: it starts no workflow (see on_failure and wait_for)")
    return event


class OnEvent(Form):
    """An event that the site reports, and the condition on its data."""

    form: ClassVar[str] = "event"

    event: Annotated[EventName, AfterValidator(_of_the_site)] = Field(
        description="Its name.", json_schema_extra={"not": {"enum": list(ABOUT_STEPS)}}
    )
    where: Where | None = Field(default=None, description="What its data has to be like.")

    def row(self) -> TriggerRow:
        return TriggerRow(event=self.event, condition=self.where.source if self.where else "")

    def said(self) -> str:
        return f"« {self.event} »" + (f" quand {self.where.source}" if self.where else "")


def _schedule(text: str) -> str:
    fields = text.split()
    if len(fields) != 5:
        raise ValueError("a schedule has five fields: minute, hour, day of the month, month, day of the week")
    try:
        CronSim(" ".join(fields), datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{text!r} is not a schedule: {error}") from None
    return " ".join(fields)


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Paris")
    return name


def _about_contact(condition: Condition) -> Condition:
    if condition.names - {"contact", "now"}:
        raise ValueError(f"{condition.source!r} chooses contacts: it may only use contact and now")
    return condition


class OnSchedule(Form):
    """At these times (cron: `0 9 * * 1` is Mondays at 9), in the site's zone or another, for these contacts."""

    form: ClassVar[str] = "schedule"

    schedule: Annotated[str, AfterValidator(_schedule)] = Field(
        max_length=100,
        description="Five fields: minute, hour, day of the month, month, day of the week.",
        json_schema_extra={"pattern": r"^\s*\S+(\s+\S+){4}\s*$"},
    )
    audience: Annotated[When, AfterValidator(_about_contact)] = Field(description="Which contacts it starts for.")
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        default=None, description="An IANA zone; else the site's."
    )

    def row(self) -> TriggerRow:
        return TriggerRow(schedule=self.schedule, timezone=self.timezone or "", audience=self.audience.source)

    def said(self) -> str:
        where = f" (heure de {self.timezone})" if self.timezone else ""
        return f"l'horaire {self.schedule}{where}, pour les contacts tels que {self.audience.source}"


class OnSegment(Form):
    """A contact enters a segment."""

    form: ClassVar[str] = "segment"

    segment: str = Field(pattern=f"^{SEGMENT_SLUG.pattern}$", max_length=60, description="The slug of the segment.")

    def row(self) -> TriggerRow:
        return TriggerRow(event=SEGMENT + self.segment)

    def said(self) -> str:
        return f"l'entrée dans le segment « {self.segment} »"


class OnSms(Form):
    """An SMS comes in: any, or one whose first word is this (whatever its case)."""

    form: ClassVar[str] = "sms"

    sms: str = Field(
        pattern=r"^(any|[A-Z0-9]{1,20})$",
        description="`any`, or the first word of the SMS, in capitals without accents.",
    )

    def row(self) -> TriggerRow:
        condition = "" if self.sms == "any" else f"event.mot == '{self.sms}'"
        return TriggerRow(event=SMS_RECEIVED, condition=condition)

    def said(self) -> str:
        return "un SMS reçu" + ("" if self.sms == "any" else f" qui commence par « {self.sms} »")


class OnApi(Form):
    """Only when it is asked for: by the API, an operator, an enrolment or another workflow."""

    form: ClassVar[str] = "api"

    api: Literal[True] = Field(description="`true`.")

    def row(self) -> None:
        return None

    def said(self) -> str:
        return "une demande (API, inscription, autre workflow)"


FORMS: Mapping[str, type[Form]] = {cls.form: cls for cls in (OnEvent, OnSchedule, OnSegment, OnSms, OnApi)}


def form_of(raw: Mapping[str, Any]) -> type[Form]:
    """Return the form that a raw trigger is written in. Raises ValueError."""
    found = [name for name in FORMS if name in raw]
    if len(found) != 1:
        raise ValueError(f"a trigger has exactly one of {', '.join(FORMS)}; found {', '.join(found) or 'none'}")
    return FORMS[found[0]]


def fires(forms: Iterable[Form], name: str, data: Mapping[str, Any], occurred_at: datetime) -> bool:
    """Tell whether an event that names no workflow starts the one with these triggers."""
    facts = {"event": data, "now": occurred_at}
    for form in forms:
        row = form.row()
        if row is None or row.event != name or not name:
            continue
        if not row.condition or compile_condition(row.condition).holds(facts):
            return True
    return False

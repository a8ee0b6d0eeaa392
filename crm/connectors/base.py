"""What every connector can do, and how it says that a lead was not taken."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar


class Trouble(StrEnum):
    """Why a lead was not taken, named by what has to happen next."""

    AGAIN = "again"  # not now, or nobody knows: try again later, the upsert makes it harmless
    LEAD = "lead"  # the CRM will never take this one: a person looks at it
    ACCOUNT = "account"  # key, rights or quota: pause the connection, tell an operator, keep the leads


@dataclass(frozen=True, slots=True)
class Access:
    """How a connection reaches its CRM. `secret` is plain here, and nowhere else."""

    organization_id: int
    connection_id: int
    now: datetime  # when the call is made
    secret: str = ""
    address: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A lead as CRMs take it. `key` is the same for every attempt; `external_id` is what the CRM called it before."""

    key: str
    export_id: int
    lead_id: int
    contact_id: int
    name: str
    first_name: str
    last_name: str
    email: str  # lower case, or ""
    phone: str  # E.164, or ""
    company: str
    company_size: str  # of crm.models.lead.CompanySize
    job_title: str
    sector: str
    region: str
    quality: str  # CHAUD, TIÈDE, FROID
    score: int
    stage: str
    pain_points: Sequence[str]
    interests: Sequence[str]
    insights: Sequence[str]
    decision_maker: bool | None
    reason: str  # why it is exported
    site: str  # its slug
    decided_at: datetime
    external_id: str = ""

    @property
    def called(self) -> str:
        """The name, or what stands for one where the CRM wants one."""
        return self.name or self.company or self.email or self.phone


@dataclass(frozen=True, slots=True)
class Sent:
    """The CRM has it, under this id of its own."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not, or perhaps not, taken. `detail` holds no personal data."""

    trouble: Trouble
    code: str = ""
    detail: str = ""
    http_status: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM says of a lead now: its id there, and its stage in the CRM's own word."""

    external_id: str
    stage: str = ""


class Connector(ABC):
    """One CRM. It is made for one connection and may be used by one thread at a time."""

    name: ClassVar[str]
    label: ClassVar[str]  # French, for people
    hint: ClassVar[str] = ""  # French: what the form says about setting it up
    needs_secret: ClassVar[bool] = False
    needs_address: ClassVar[bool] = False
    secret_label: ClassVar[str] = "Clé d'accès"  # noqa: S105 - what the form calls it
    can_look_up: ClassVar[bool] = True  # False: nobody can be asked what became of a lead
    batch: ClassVar[int] = 1  # leads in one `push` at most

    def __init__(self, access: Access) -> None:
        """Take what it needs to reach the CRM."""
        self.access = access

    @abstractmethod
    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        """Write up to `batch` leads into the CRM, each once however often it is pushed; by export id.

        Never raises for what the CRM or the network answers.
        """

    @abstractmethod
    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        """Say what the CRM knows of leads that were pushed (None: nothing), by export id."""

    @abstractmethod
    def check(self) -> Refused | None:
        """Make a call that changes nothing; None: the CRM can be reached and the key opens it."""

    @classmethod
    def wrong_options(cls, options: Mapping[str, Any]) -> str:
        """Say in French what is wrong with the options of a connection; empty: nothing."""
        return "Ce CRM n'a pas de réglage : laissez {}." if options else ""

    @classmethod
    def wrong_secret(cls, secret: str) -> str:
        """Say in French what is wrong with the form of a key; empty: nothing."""
        return "" if secret.isascii() and secret.isprintable() else "Une clé n'a ni accent ni retour à la ligne."

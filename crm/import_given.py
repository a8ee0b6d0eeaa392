"""What one line of a file says of a person, and how two lines about the same person become one. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.matching import Choice

LONGEST_NOTE = 5_000
# Columns of crm.models.Lead that a file may fill.
OF_LEAD = (
    "company", "company_size", "job_title", "sector", "region", "quality", "score", "stage", "amount_cents",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Given:
    """A line once it is cleaned; None or empty: it does not say."""

    surname: str = ""
    first_name: str = ""
    email: str | None = None
    phone: str | None = None
    tags: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)
    note: str = ""
    company: str = ""
    company_size: str = ""
    job_title: str = ""
    sector: str = ""
    region: str = ""
    quality: str = ""
    score: int | None = None
    stage: str = ""
    amount_cents: int | None = None
    consent: bool | None = None
    consent_text: str = ""
    consent_at: datetime | None = None
    consent_channels: list[str] = field(default_factory=list)
    has_more: bool = False

    @property
    def name(self) -> str:
        """The whole name: « Jean » and « Dupont » are « Jean Dupont », and « Jean » and « Jean Dupont » as well."""
        first, last = self.first_name.casefold(), self.surname.casefold().split()
        if not first or set(first.split()) <= set(last):
            return self.surname
        return f"{self.first_name} {self.surname}".strip()

    @property
    def lead(self) -> dict[str, Any]:
        """What it says of the person as a lead."""
        return {name: value for name in OF_LEAD if (value := getattr(self, name)) not in ("", None)}

    @property
    def choice(self) -> Choice | None:
        """What the person agreed to, or refused, as the file says."""
        if self.consent is None:
            return None
        channels = tuple(self.consent_channels) or (("email",) if self.email else ("sms",))
        return Choice(self.consent, channels, text=self.consent_text, source="import", at=self.consent_at)

    def complete(self, other: "Given") -> None:
        """Take from a later line about the same person what this one does not say. Not its consent: each is its own."""
        for name in ("email", "phone", *OF_LEAD):
            if getattr(self, name) in ("", None):
                setattr(self, name, getattr(other, name))
        if other.note not in self.note:
            self.note = f"{self.note}\n{other.note}".strip()[:LONGEST_NOTE]
        if not self.name:
            self.surname, self.first_name = other.surname, other.first_name
        self.tags += [tag for tag in other.tags if tag not in self.tags]
        self.others = other.others | self.others

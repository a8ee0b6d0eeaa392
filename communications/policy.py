"""May this message go out now? Pure. Every refusal and deferral has a code, a French sentence and a remedy.

The order is that of the questions: what is stopped, where it would go, whether its reader agreed, the hours of the
day, how much this contact and this organization have had, and whether it is still of use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MARKETING = "marketing"
WEEK = timedelta(days=7)


class Refusal(StrEnum):
    """Why a message does not go out, or not yet."""

    STOPPED = "arret_urgence"
    PAUSED = "en_pause"
    NO_ADDRESS = "sans_adresse"
    OPTED_OUT = "desinscrit"
    SUPPRESSED = "adresse_bloquee"
    NO_CONSENT = "sans_consentement"
    NO_SESSION = "hors_session"
    OUT_OF_HOURS = "hors_horaires"
    TOO_MANY = "trop_souvent"
    QUOTA = "quota_atteint"
    EXPIRED = "trop_tard"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What operators read: why, and what can be done."""

    why: str
    remedy: str


EXPLANATIONS = {
    Refusal.STOPPED: Explanation(
        "L'arrêt d'urgence est donné : rien ne part.", "Levez l'arrêt d'urgence quand la cause est comprise."
    ),
    Refusal.PAUSED: Explanation(
        "L'organisation, le site, le workflow ou ce canal est en pause.",
        "Reprenez-le quand vous voulez : rien n'est perdu.",
    ),
    Refusal.NO_ADDRESS: Explanation(
        "Ce contact n'a pas d'adresse pour ce canal.", "Complétez la fiche du contact, puis rejouez le message."
    ),
    Refusal.OPTED_OUT: Explanation(
        "Ce contact s'est désinscrit.", "Aucun : seul le contact peut demander à être réinscrit."
    ),
    Refusal.SUPPRESSED: Explanation(
        "Cette adresse est bloquée : elle n'a pas pu être jointe ou une plainte a été reçue.",
        "Demandez une autre adresse au contact, ou levez le blocage si l'adresse est bonne.",
    ),
    Refusal.NO_CONSENT: Explanation(
        "Ce message est commercial et le contact n'y a pas consenti sur ce canal.",
        "Recueillez son accord et enregistrez-le sur sa fiche, puis rejouez le message.",
    ),
    Refusal.NO_SESSION: Explanation(
        "Le contact n'a pas écrit sur WhatsApp depuis 24 h : seul un modèle approuvé par WhatsApp peut partir.",
        "Indiquez le modèle approuvé (HX…) dans le modèle de message, ou écrivez par SMS.",
    ),
    Refusal.OUT_OF_HOURS: Explanation(
        "Les messages commerciaux ne partent ni la nuit, ni le dimanche, ni les jours fériés.",
        "Aucun : il part à la prochaine ouverture s'il est encore utile. Les heures se règlent par organisation.",
    ),
    Refusal.TOO_MANY: Explanation(
        "Ce contact a déjà reçu le nombre de messages commerciaux permis en une semaine.",
        "Aucun : il part dès que la semaine le permet s'il est encore utile. Le nombre se règle par organisation.",
    ),
    Refusal.QUOTA: Explanation(
        "Le quota du mois de l'organisation est atteint sur ce canal.",
        "Changez d'offre ou de quota, puis rejouez le message ; sinon il attend le mois prochain.",
    ),
    Refusal.EXPIRED: Explanation(
        "Le message n'était plus utile au moment de partir.", "Écrivez au contact si la demande est toujours ouverte."
    ),
}  # fmt: skip
# What a message waits for, with the instant at which it is asked again.
DEFERRALS = frozenset({Refusal.OUT_OF_HOURS, Refusal.TOO_MANY, Refusal.QUOTA})


@dataclass(frozen=True, slots=True)
class Send:
    """It may go out."""


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits for a person; nothing is written."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class Defer:
    """It is asked again at this instant."""

    why: Refusal
    until: datetime


@dataclass(frozen=True, slots=True)
class Refuse:
    """It will not go out."""

    why: Refusal


Answer = Send | Hold | Defer | Refuse


@dataclass(frozen=True, slots=True)
class Question:
    """All that the decision looks at.

    `opening`: the next instant of the recipient's sending window (not before now); None where no window holds.
    `received`: when marketing messages of the last week went to this contact, others than this one.
    `quota_until`: None while the organization's quota has room, else the instant from which it has again.
    `needs_session`: it is free text on WhatsApp, and its reader has not written for 24 h.
    """

    address: str
    category: str
    useful_until: datetime
    is_stopped: bool = False
    is_paused: bool = False
    has_opted_out: bool = False
    is_suppressed: bool = False
    has_consent: bool = False
    needs_session: bool = False
    opening: datetime | None = None
    received: Sequence[datetime] = ()
    most_per_week: int = 3
    quota_until: datetime | None = None


def decide(question: Question, now: datetime) -> Answer:
    """Say whether a message may go out now, and if not, why and when again.

    What would have to wait longer than it is of use is refused at once, for the reason that it would wait for.
    """
    if question.is_stopped:
        return Hold(Refusal.STOPPED)
    if question.is_paused:
        return Hold(Refusal.PAUSED)
    if why := _refusal(question):
        return Refuse(why)
    if wait := _deferral(question, now):
        return wait if wait.until <= question.useful_until else Refuse(wait.why)
    return Refuse(Refusal.EXPIRED) if now > question.useful_until else Send()


def _refusal(question: Question) -> Refusal | None:
    """Say what no waiting changes."""
    if not question.address:
        return Refusal.NO_ADDRESS
    if question.has_opted_out:
        return Refusal.OPTED_OUT
    if question.is_suppressed:
        return Refusal.SUPPRESSED
    if question.category == MARKETING and not question.has_consent:
        return Refusal.NO_CONSENT
    if question.category == MARKETING and question.most_per_week < 1:
        return Refusal.TOO_MANY
    return Refusal.NO_SESSION if question.needs_session else None


def _deferral(question: Question, now: datetime) -> Defer | None:
    """Say what a message has to wait for. Transactional ones know neither hours nor a cap."""
    if question.category == MARKETING:
        if question.opening is not None and question.opening > now:
            return Defer(Refusal.OUT_OF_HOURS, question.opening)
        if (free := free_from(question.received, question.most_per_week, now)) > now:
            return Defer(Refusal.TOO_MANY, free)
    if question.quota_until is not None and question.quota_until > now:
        return Defer(Refusal.QUOTA, question.quota_until)
    return None


def free_from(received: Sequence[datetime], most: int, now: datetime) -> datetime:
    """Return from when on one more is allowed, at `most` a week: now, or a week after one of those received."""
    recent = sorted(at for at in received if at > now - WEEK)
    return now if len(recent) < most else recent[len(recent) - most] + WEEK

"""What sites send about their contacts, checked; the same models describe the API in /api/schema."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from berinia.caller import known_ip
from berinia.clock import is_zone
from crm import emails, phones
from crm.matching import Choice, Report

LARGEST_BATCH = 500
EVENT_NAME = re.compile(r"[a-z][a-z0-9_.]{0,79}")
# What becomes of messages, as providers and contacts report it.
OF_MESSAGES = frozenset({
    "email.delivered", "email.opened", "email.clicked", "email.bounced", "email.complained", "email.failed",
    "sms.delivered", "sms.failed", "sms.replied",
    "whatsapp.delivered", "whatsapp.read", "whatsapp.failed", "whatsapp.replied",
})  # fmt: skip
# What BerinIA itself reports: nobody outside may pretend that a message left or a call was answered.
OURS = OF_MESSAGES | {
    "message_parti", "message_echoue", "appel_http_abouti", "appel_http_echoue", "tache_terminee", "workflow_demarre",
    "whatsapp_recu", "reinscription", "agent_repondu", "agent_echoue", "contact_importe",
    "lead_classe", "lead_etape", "interaction", "contact_fusionne",
}  # fmt: skip
SEGMENT = "segment."
# How the keys of events begin that BerinIA makes: taken by somebody else, its own event would be left out.
OUR_KEYS = ("inscription/", "segment/", "import/", "sms/", "whatsapp/", "message/", "agent/")
KEY = re.compile(r"[\x21-\x7e]{1,255}")
# The API's words for what crm.models.Consent holds.
PURPOSES = {"commercial": "marketing", "ouvertures": "tracking_opens", "clics": "tracking_clicks"}
BASES = {"consentement": "consent", "client": "customer", "professionnel": "professional"}
CHANNELS = ("email", "sms", "whatsapp")
CLOCK_SKEW = timedelta(minutes=5)  # how far the clock of a site may be ahead of ours
EARLIEST = 2000


def mistake(code: str, detail: str) -> PydanticCustomError:
    """Return the error that a validator raises to say `detail` to the caller under `code`."""
    return PydanticCustomError(code, "{detail}", {"detail": detail, "ours": True})


def is_ours(name: str) -> bool:
    """Tell whether an event of this name is reported by BerinIA itself."""
    return name in OURS or name.startswith(SEGMENT)


def _event_name(text: str) -> str:
    if not EVENT_NAME.fullmatch(text):
        raise mistake(
            "evenement_invalide",
            "Un nom d'événement commence par une lettre minuscule, suivie de minuscules sans accent, "
            "de chiffres, de _ ou de points : 80 caractères au plus.",
        )
    if is_ours(text):
        raise mistake("evenement_reserve", f"« {text} » est signalé par BerinIA : choisissez un autre nom.")
    return text


def check_key(text: str) -> str:
    """Check an idempotency key. Raises PydanticCustomError."""
    if not KEY.fullmatch(text):
        raise mistake("cle_invalide", "Une clé d'idempotence a 1 à 255 caractères ASCII visibles, sans espace.")
    if text.startswith(OUR_KEYS):
        raise mistake("cle_reservee", f"Les clés qui commencent par {', '.join(OUR_KEYS)} sont celles de BerinIA.")
    return text


def _email(text: str) -> str:
    try:
        return emails.normalize(text)
    except emails.InvalidEmailError as error:
        raise mistake("email_invalide", str(error)) from None


def _phone(text: str) -> str:
    try:
        return phones.normalize(text)
    except phones.InvalidPhoneError as error:
        raise mistake("telephone_invalide", str(error)) from None


def _zone(text: str) -> str:
    if text and (len(text) > 60 or not is_zone(text)):
        raise mistake("fuseau_invalide", "Ce fuseau horaire n'existe pas : écrivez par exemple Europe/Paris.")
    return text


def _or_none(value: object) -> object:
    """A form sends an empty text for a field that was left out."""
    return None if isinstance(value, str) and not value.strip() else value


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else "" if value is None else value


EventName = Annotated[str, AfterValidator(_event_name), Field(json_schema_extra={"pattern": f"^{EVENT_NAME.pattern}$"})]
Name = Annotated[str, BeforeValidator(_one_line), Field(max_length=200)]
Email = Annotated[Annotated[str, AfterValidator(_email)] | None, BeforeValidator(_or_none)]
Phone = Annotated[Annotated[str, AfterValidator(_phone)] | None, BeforeValidator(_or_none)]


Zone = Annotated[Annotated[str, AfterValidator(_zone)], BeforeValidator(_one_line)]


class Document(BaseModel):
    """A part of a request: what it does not know is a mistake, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactData(Document):
    """Qui : au moins un email ou un téléphone."""

    nom: Name = Field("", description="Nom complet, tel qu'il a été saisi.", examples=["Jean Dupont"])
    email: Email = Field(None, description="Adresse email.", examples=["jean@example.com"])
    telephone: Phone = Field(
        None, description="Numéro français (06 12 34 56 78) ou international (+33612345678).", examples=["+33123456789"]
    )

    fuseau: Zone = Field(
        "", description="Fuseau horaire IANA, s'il n'est pas celui du site.", examples=["Indian/Reunion"]
    )

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.email is None and self.telephone is None:
            raise mistake("contact_injoignable", "Donnez au moins un email ou un téléphone.")
        return self


def _one_of(code: str, known: Any) -> BeforeValidator:
    """Refuse what is not one of these words, and say which they are."""
    words = ", ".join(known)

    def check(value: object) -> object:
        if not (isinstance(value, str) and value in known):
            raise mistake(code, f"Il faut ici l'un de ces mots : {words}.")
        return value

    return BeforeValidator(check)


def _instant(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year < EARLIEST:
        raise mistake("date_invalide", "Une date s'écrit avec son décalage, par exemple 2026-03-10T11:00:00+01:00.")
    return at.astimezone(UTC)


def _ip(text: str) -> str:
    if (address := known_ip(text)) is None:
        raise mistake("ip_invalide", "Ce n'est pas une adresse IP : écrivez par exemple 192.0.2.7 ou 2001:db8::7.")
    return address


def _page(text: str) -> str:
    if text and not re.match(r"https?://[^\s/]", text):
        raise mistake("page_invalide", "L'adresse d'une page commence par https:// ou http://.")
    return text


def _past(at: datetime, info: ValidationInfo) -> datetime:
    now = (info.context or {}).get("now")
    if now is not None and at > now + CLOCK_SKEW:
        raise mistake("date_future", "Cette date est dans l'avenir : un consentement se constate une fois donné.")
    return at


Instant = Annotated[
    datetime, BeforeValidator(_instant), AfterValidator(_past),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-10T11:00:00+01:00"]}),
]  # fmt: skip
Word = Annotated[str, BeforeValidator(_one_line)]


class ConsentIn(Document):
    """Ce que la personne a accepté ou refusé, et la preuve : le texte présenté, la page, la date."""

    canaux: list[Annotated[Literal["email", "sms", "whatsapp"], _one_of("canal_inconnu", CHANNELS)]] = Field(
        min_length=1, max_length=10, description="Par quels canaux.", examples=[["email", "sms"]]
    )
    finalites: list[
        Annotated[Literal["commercial", "ouvertures", "clics"], _one_of("finalite_inconnue", PURPOSES)]
    ] = Field(
        default=["commercial"], min_length=1, max_length=10,
        description="Pour quoi : messages commerciaux, suivi des ouvertures, suivi des clics (email seulement).",
    )  # fmt: skip
    accorde: StrictBool = Field(description="true : accepté ; false : refusé ou retiré.")
    texte: str = Field(
        "", max_length=5_000, description="Le texte exact présenté ; obligatoire quand « accorde » est true.",
        examples=["J'accepte de recevoir les offres de Plomberie Martin par email et SMS."],
    )  # fmt: skip
    version: Annotated[Word, Field(max_length=60)] = Field("", description="Version de ce texte.", examples=["2026-02"])
    fondement: Annotated[Literal["consentement", "client", "professionnel"], _one_of("fondement_inconnu", BASES)] = (
        Field("consentement", description="client : produit analogue déjà acheté ; professionnel : intérêt légitime.")
    )
    page: Annotated[Word, AfterValidator(_page), Field(max_length=500)] = Field(
        "", description="La page du formulaire.", examples=["https://plomberie-martin.example.com/devis"]
    )
    ip: Annotated[Annotated[str, AfterValidator(_ip)] | None, BeforeValidator(_or_none)] = Field(
        None, description="L'adresse de la personne ; avec une clé publiable, celle de la requête la remplace."
    )
    navigateur: Word = Field("", max_length=2_000, description="Son User-Agent ; avec une clé publiable, de même.")
    date: Instant | None = Field(None, description="Quand, avec décalage ; sans indication, maintenant.")

    @field_validator("texte")
    @classmethod
    def _says_something(cls, text: str) -> str:
        return text.strip()

    @model_validator(mode="after")
    def _is_proven(self) -> Self:
        if self.accorde and not self.texte:
            raise mistake("texte_manquant", "Donnez dans « texte » le texte exact que la personne a accepté.")
        if "email" not in self.canaux and set(self.finalites) != {"commercial"}:
            raise mistake("canal_manquant", "Seuls les emails sont suivis : ajoutez « email » à « canaux ».")
        return self

    def choice(self) -> Choice:
        """Return the choice in the form that ingest takes."""
        return Choice(
            self.accorde, tuple(self.canaux), tuple(PURPOSES[word] for word in self.finalites), BASES[self.fondement],
            self.texte, self.version, url=self.page, ip=self.ip, user_agent=self.navigateur, at=self.date,
        )  # fmt: skip


class EventRequest(Document):
    """Un événement : ce qui est arrivé, à qui, avec quelles données."""

    evenement: EventName = Field(description="Nom de l'événement.", examples=["demande_devis"])
    contact: ContactData = Field(alias="contactData")
    donnees: dict[str, Any] = Field(
        default_factory=dict, description="Ce que l'événement porte, libre.", examples=[{"urgence": "haute"}]
    )
    site_id: str | None = Field(None, alias="siteId", description="Le site de la clé ; facultatif.")
    consentement: ConsentIn | None = Field(None, description="Ce que la personne a accepté ou refusé, s'il y a lieu.")

    def report(self, key: str | None = None, workflow_id: int | None = None) -> Report:
        """Return the event in the form that ingest takes."""
        return Report(
            self.evenement, self.donnees, self.contact.nom, self.contact.email, self.contact.telephone, key,
            workflow_id, self.contact.fuseau, consent=self.consentement.choice() if self.consentement else None,
        )  # fmt: skip


class KeyedEventRequest(EventRequest):
    """Un événement d'un lot."""

    cle: Annotated[str, AfterValidator(check_key)] | None = Field(
        None, description="Clé d'idempotence de cet événement : renvoyé avec la même clé, il ne compte qu'une fois."
    )


class BatchRequest(Document):
    """Jusqu'à 500 événements : tous sont enregistrés, ou aucun."""

    evenements: list[KeyedEventRequest] = Field(min_length=1, max_length=LARGEST_BATCH)


class Accepted(BaseModel):
    """L'événement est enregistré ; ses suites viennent dans la seconde."""

    id: str = Field(description="Identifiant de l'événement : GET /api/events/{id} dit ce qu'il a déclenché.")
    statut: str = Field(description="Toujours « accepte ».", examples=["accepte"])


class BatchAccepted(BaseModel):
    """Le lot est enregistré."""

    ids: list[str] = Field(description="Un identifiant par événement, dans l'ordre du lot.")


class Problem(BaseModel):
    """Ce qui ne va pas, de la même forme partout."""

    error: str = Field(description="Code stable, pour les programmes.", examples=["telephone_invalide"])
    detail: str = Field(description="Une phrase, pour les personnes.")
    field: str | None = Field(None, description="L'endroit de la requête.", examples=["contactData.telephone"])

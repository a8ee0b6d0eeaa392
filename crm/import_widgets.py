"""How each kind of cell is cleaned: widgets of django-import-export, whose errors say the rule and the value."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from import_export.widgets import Widget

from crm import emails, phones
from crm.import_mapping import plain
from crm.models.lead import CompanySize, Quality, Stage

MOST_TAGS, LONGEST_TAG = 50, 60
EXPONENT = re.compile(r"([0-9])[.,]?([0-9]*)E\+?([0-9]{1,2})", re.IGNORECASE)
DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
HOURS = ("", " %H:%M", " %H:%M:%S")
MOST_EUROS = 1_000_000_000
CHANNELS = {"email": "email", "e mail": "email", "mail": "email", "courriel": "email", "sms": "sms", "texto": "sms",
            "telephone": "sms", "whatsapp": "whatsapp"}  # fmt: skip
YES = ("oui", "yes", "o", "y", "vrai", "true", "1", "x", "accepte", "accorde", "granted", "ok", "abonne", "subscribed")
NO = ("non", "no", "n", "faux", "false", "0", "refuse", "refused", "desabonne", "unsubscribed", "retire")
QUALITIES = {"chaud": Quality.HOT, "hot": Quality.HOT, "tiede": Quality.WARM, "warm": Quality.WARM,
             "froid": Quality.COLD, "cold": Quality.COLD}  # fmt: skip
STAGES = {
    "nouveau": Stage.LEAD, "new": Stage.LEAD, "prospect": Stage.LEAD, "qualifiee": Stage.QUALIFIED,
    "demonstration": Stage.DEMO, "demo": Stage.DEMO, "devis": Stage.PROPOSAL, "proposition": Stage.PROPOSAL,
    "gagnee": Stage.WON, "closed won": Stage.WON, "client": Stage.WON, "customer": Stage.WON,
    "perdue": Stage.LOST, "closed lost": Stage.LOST,
} | {plain(word): stage for stage in Stage for word in (stage.value, str(stage.label))}  # fmt: skip
SIZES = {
    "particulier": CompanySize.INDIVIDUAL, "independant": CompanySize.SOLO, "freelance": CompanySize.SOLO,
    "tpe": CompanySize.MICRO, "pme": CompanySize.SME, "grande": CompanySize.LARGE, "eti": CompanySize.LARGE,
    "grande entreprise": CompanySize.LARGE, "ge": CompanySize.LARGE,
} | {plain(size.value): size for size in CompanySize}  # fmt: skip


class Cell(Widget):
    """A cell that one function cleans; an empty one says nothing. The function raises ValueError."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        """Take the function."""
        super().__init__(coerce_to_string=False)
        self.read = read

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """Return what the cell says, or None."""
        return self.read(value) if value else None


def text_of(longest: int) -> Callable[[str], str]:
    """Return how a text of so many characters at most is read."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"{longest} caractères au plus (il y en a {len(text)}).")
        return text

    return read


def line_of(longest: int) -> Callable[[str], str]:
    """Return how a text of one line is read."""
    read = text_of(longest)
    return lambda text: read(" ".join(text.split()))


def email_of(text: str) -> str:
    """Return an address in its stored form. Raises ValueError."""
    return emails.normalize(text.removeprefix("mailto:"))


def phone_of(text: str) -> str:
    """Return a number in its stored form, also where a spreadsheet took it for a quantity. Raises ValueError."""
    number = _whole(text.removeprefix("tel:").lstrip("'"))
    digits = re.sub(r"[ .()/-]", "", number)
    try:
        return phones.normalize(number)
    except phones.InvalidPhoneError:
        if not (digits.isdecimal() and len(digits) >= 10 and digits[0] != "0"):
            raise
    return phones.normalize(f"+{digits}")  # spreadsheets drop the + of 41 44 668 18 00


def _whole(text: str) -> str:
    """Undo what spreadsheets make of numbers: 6.12345678E8, 612345678.0. Raises ValueError when digits are lost."""
    if found := EXPONENT.fullmatch(text):
        digits, power = found[1] + found[2], int(found[3])
        if len(found[2].rstrip("0")) > power or (power > 5 and len(found[2]) < power - 1):
            raise ValueError(
                f"« {text} » a été arrondi par un tableur : mettez la colonne au format Texte, ressaisissez le numéro."
            )
        return digits[: power + 1].ljust(power + 1, "0")
    return re.sub(r"[.,]0+$", "", text) if re.fullmatch(r"\d{9,}[.,]0+", text) else text


def tags_of(text: str) -> list[str]:
    """Return the tags of a list. Raises ValueError."""
    tags = list(dict.fromkeys(tag for part in re.split(r"[,;|\n]", text) if (tag := " ".join(part.split()))))
    if len(tags) > MOST_TAGS:
        raise ValueError(f"{MOST_TAGS} étiquettes au plus (il y en a {len(tags)}).")
    if too_long := next((tag for tag in tags if len(tag) > LONGEST_TAG), None):
        raise ValueError(f"« {too_long[:LONGEST_TAG]}… » dépasse {LONGEST_TAG} caractères.")
    return tags


def one_of(words: Mapping[str, Any], said: str) -> Callable[[str], str]:
    """Return how a word out of a list is read; `said` names them where it is none."""

    def read(text: str) -> str:
        if (found := words.get(plain(text))) is None:
            raise ValueError(f"« {text[:60]} » n'est pas connu : écrivez {said}.")
        return str(found)

    return read


def size_of(text: str) -> str:
    """Return the class of a business, from a word or from how many work there. Raises ValueError."""
    numbers = [int(n) for n in re.findall(r"\d{1,7}", re.sub(r"(?<=\d)[ \u202f\xa0](?=\d{3})", "", text))]
    if not numbers:
        return one_of(SIZES, "un nombre de salariés, particulier, indépendant, TPE, PME ou grande")(text)
    for least, size in ((250, CompanySize.LARGE), (10, CompanySize.SME), (1, CompanySize.MICRO)):
        if max(numbers) >= least:
            return size.value
    return CompanySize.SOLO.value


def score_of(text: str) -> int:
    """Return a score from 0 to 100. Raises ValueError."""
    number = _decimal(text.removesuffix("%").removesuffix("/100"))
    if number is None or not 0 <= number <= 100:
        raise ValueError(f"« {text[:60]} » n'est pas un nombre de 0 à 100.")
    return round(number)


def cents_of(text: str) -> int:
    """Return an amount in cents. Raises ValueError."""
    number = _decimal(re.sub(r"(?i)(€|eur(os?)?)$", "", text.strip()))
    if number is None or not 0 <= number <= MOST_EUROS:
        raise ValueError(f"« {text[:60]} » n'est pas un montant en euros : écrivez par exemple 1 250,50.")
    return int((number * 100).to_integral_value())


def _decimal(text: str) -> Decimal | None:
    plain_number = re.sub(r"[\s\u202f\xa0']", "", text).replace(",", ".")
    try:
        number = Decimal(plain_number) if len(plain_number) <= 20 else Decimal("nan")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def yes_no(text: str) -> bool:
    """Return whether a cell says yes. Raises ValueError."""
    word = plain(text)
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"« {text[:60]} » : écrivez oui ou non.")


def channels_of(text: str) -> list[str]:
    """Return the channels of a list. Raises ValueError."""
    read = one_of(CHANNELS, "email, sms ou whatsapp")
    return list(dict.fromkeys(read(part) for part in re.split(r"[,;|/+\n]", text) if part.strip()))


def instant_of(zone: ZoneInfo, now: datetime) -> Callable[[str], datetime]:
    """Return how a date is read, at this zone's hour where it says none."""

    def read(text: str) -> datetime:
        at = _instant(text)
        if at is None:
            raise ValueError(f"« {text[:60]} » n'est pas une date : écrivez par exemple 31/12/2025 ou 2025-12-31.")
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if at.year < 2000 or at > now:
            raise ValueError(f"« {text[:60]} » : la date est entre 2000 et aujourd'hui.")
        return at

    return read


def _instant(text: str) -> datetime | None:
    for form in (day + hour for day in DAYS for hour in HOURS):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put in by whoever asks
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Phone numbers, as people type them, to the one form that is stored: E.164. Pure."""

import re
from functools import lru_cache

import phonenumbers

# Regions whose numbers are written like French ones (0692 12 34 56) under a country code of their own.
OVERSEAS = ("RE", "GP", "MQ", "GF", "YT")
LONGEST = 40
# French mobile numbers, most of what comes in, by the library's own pattern and without its detours: 40 times faster.
SEPARATORS = str.maketrans("", "", " .-")
_FRANCE = phonenumbers.PhoneMetadata.metadata_for_region("FR")
assert _FRANCE is not None
assert _FRANCE.mobile is not None
MOBILE = re.compile(rf"(?:\+33|0033|0)({_FRANCE.mobile.national_number_pattern})", re.ASCII)


class InvalidPhoneError(ValueError):
    """The text is not a phone number that exists; the message says so to the person who sent it."""


def normalize(text: str, region: str = "FR") -> str:
    """Return a number in E.164 form (`+33612345678`).

    A number without country code is read as one of `region`; as a French one it may also be of an
    overseas department. Raises InvalidPhoneError.
    """
    return _normalize(text.strip(), region)


@lru_cache(maxsize=10_000)
def _normalize(text: str, region: str) -> str:
    if not text or len(text) > LONGEST:
        raise InvalidPhoneError(_said(text))
    if region == "FR" and (found := MOBILE.fullmatch(text.translate(SEPARATORS))):
        return f"+33{found[1]}"
    for place in (region, *OVERSEAS) if region == "FR" else (region,):
        try:
            number = phonenumbers.parse(text, place)
        except phonenumbers.NumberParseException:
            continue
        if number.extension is None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise InvalidPhoneError(_said(text))


def _said(text: str) -> str:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"« {shown} » n'est pas un numéro de téléphone valide : écrivez par exemple 06 12 34 56 78 ou +33612345678."

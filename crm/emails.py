"""Email addresses, as people type them, to the one form that is stored. Pure: no DNS look-up."""

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

LONGEST = 254


class InvalidEmailError(ValueError):
    """The text is not an email address; the message says so to the person who sent it."""


def normalize(text: str) -> str:
    """Return an address in lower case, its domain in the form that DNS uses. Raises InvalidEmailError.

    No mailbox provider tells `Jean@` from `jean@`, and people type both: they are one contact.
    """
    return _normalize(text.strip())


@lru_cache(maxsize=10_000)
def _normalize(text: str) -> str:
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise InvalidEmailError(_said(text)) from None
    address = (found.ascii_email or found.normalized).lower()
    if len(address) > LONGEST:
        raise InvalidEmailError(_said(text))
    return address


def _said(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    return f"« {shown} » n'est pas une adresse email valide : écrivez par exemple jean.dupont@exemple.fr."

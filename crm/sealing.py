"""Sealing: keys of CRMs lie in the database encrypted, under CREDENTIALS_KEY, and are opened to make a call only."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

INFO = b"berinia crm credentials"  # another use of the same setting gets another key


class SealError(Exception):
    """What was sealed cannot be opened: CREDENTIALS_KEY is another one, or the row was damaged."""

    def __init__(self) -> None:
        super().__init__(
            "La clé enregistrée ne peut plus être lue (CREDENTIALS_KEY a changé ?) : saisissez-la à nouveau."
        )


def seal(plain: str) -> str:
    """Return a text encrypted; nothing stays nothing."""
    return _fernet().encrypt(plain.encode()).decode() if plain else ""


def unseal(sealed: str) -> str:
    """Return what was sealed. Raises SealError."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise SealError from None


def _fernet() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(settings.CREDENTIALS_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))

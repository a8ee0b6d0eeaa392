"""Letters without their accents: how texts are compared that people type with or without them. Pure."""

import unicodedata


def unaccented(text: str) -> str:
    """Return a text decomposed (NFKD) and without its accents; letters of other alphabets stay."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def ascii_letters(text: str) -> str:
    """Return a text decomposed (NFKD), and of it only what ASCII has."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()

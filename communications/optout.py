"""Words by which people ask not to be written to any more, and the first word of an SMS. Pure."""

import re
import unicodedata

# Twilio's own words that are also answers to an appointment (CANCEL, END, QUIT) are not ours: it handles them itself.
STOP = frozenset({
    "STOP", "STOPALL", "STOPSMS", "STOPPUB", "ARRET", "ARRETE", "ARRETER", "ARRETEZ", "DESABONNER", "DESABONNEMENT",
    "DESABONNEZ", "DESINSCRIRE", "DESINSCRIPTION", "DESINSCRIVEZ", "UNSUBSCRIBE", "OPTOUT",
})  # fmt: skip


def first_word(text: str) -> str:
    """Return the first word in capitals without accents, as triggers write it; "" when there is none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    found = re.search(r"[A-Z0-9]+", plain)
    return found[0] if found else ""


def is_stop(text: str) -> bool:
    """Tell whether an SMS asks for an end. When it is not clear, it does: `Arrêtez vos messages`, `Stop merci`."""
    return first_word(text) in STOP

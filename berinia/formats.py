"""How numbers, amounts, durations and phone numbers are written for people, in the language of the page."""

from datetime import timedelta

import phonenumbers
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

THIN = "\u202f"  # narrow no-break space: what French puts between thousands and before a percent sign


def number(value: float | None, places: int = 0) -> str:
    """Return a number with its thousands apart (« 12 345,6 », "12,345.6"); « — » for None."""
    return (
        "—" if value is None else str(number_format(round(value, places), places, use_l10n=True, force_grouping=True))
    )


def percent(share: float | None, places: int = 0) -> str:
    """Return a share (0 to 1) as a percentage: « 65 % », "65%"; « — » for None."""
    if share is None:
        return "—"
    return f"{number(share * 100, places)}{_space()}%"


def euros(amount: float | None, places: int = 2) -> str:
    """Return an amount in euros: « 1 234,50 € », "€1,234.50"; « — » for None."""
    if amount is None:
        return "—"
    written = number(amount, places)
    return f"{written}\u00a0€" if _is_french() else f"€{written}"


def phone(e164: str | None) -> str:
    """Return an E.164 number as people dial it: « 06 12 34 56 78 » for France, else +44 20 7946 0000.

    What is no number is returned as it is; « — » for nothing.
    """
    if not e164:
        return "—"
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    national = parsed.country_code == 33
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form).replace(" ", "\u00a0")


def duration(wait: timedelta | float | None) -> str:
    """Return a duration (a timedelta, or seconds) in its two largest units: « 2 h 30 min »; « — » for None."""
    if wait is None:
        return "—"
    seconds = round(wait.total_seconds() if isinstance(wait, timedelta) else wait)
    if seconds < 60:
        return _("%d s") % seconds
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        text = ngettext("%d jour", "%d jours", days) % days
        return f"{text} {_('%d h') % hours}" if hours and days < 7 else text
    if hours:
        return f"{_('%d h') % hours} {_('%d min') % minutes}" if minutes else _("%d h") % hours
    return _("%d min") % minutes


def _is_french() -> bool:
    return (get_language() or "fr").startswith("fr")


def _space() -> str:
    return THIN if _is_french() else ""

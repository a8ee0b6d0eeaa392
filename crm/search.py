"""Finding people in the operators' search boxes, by index: number, email, phone, or how a first or last name begins."""

from collections.abc import Sequence

from django.db.models import QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from crm import emails, phones
from crm.models import Contact

# A name has no index: it is looked for among the latest contacts only.
LATEST = 20_000
MOST = 500


def find_contacts(term: str, contacts: QuerySet[Contact], site_ids: Sequence[int]) -> QuerySet[Contact]:
    """Return the contacts that a term means. `contacts` are those allowed, `site_ids` the sites they are of."""
    number = term.removeprefix("#")
    if "@" in term:
        return contacts.filter(email=_email(term))
    if (phone := _phone(term)) is not None:
        return contacts.filter(site_id__in=site_ids, phone=phone)
    if number.isdecimal():
        return contacts.filter(pk=int(number)) if len(number) < 19 else contacts.none()
    # Where the latest begin: a range of keys is read by index, a list of keys may be joined to the whole table.
    first = Subquery(contacts.order_by("-pk").values("pk")[LATEST - 1 : LATEST])
    names = Concat(Value(" "), "name")
    return contacts.alias(names=names).filter(pk__gte=Coalesce(first, 0), names__icontains=f" {term}")


def contact_ids(term: str, site_ids: Sequence[int]) -> list[int]:
    """Return the ids of at most MOST contacts of these sites that a term means."""
    allowed = Contact.objects.filter(site_id__in=site_ids)
    return list(find_contacts(term, allowed, site_ids).order_by("-pk").values_list("pk", flat=True)[:MOST])


def _email(term: str) -> str:
    try:
        return emails.normalize(term)
    except emails.InvalidEmailError:
        return term.strip().lower()


def _phone(term: str) -> str | None:
    """Return a phone in E.164 form, or None when the term is not one."""
    if not term.startswith(("+", "0")):
        return None
    try:
        return phones.normalize(term)
    except phones.InvalidPhoneError:
        return None


def address_of(term: str) -> str:
    """Return an email or a phone as it is stored; anything else as it stands."""
    return _email(term) if "@" in term else _phone(term) or term.strip()

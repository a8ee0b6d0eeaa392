"""Inbound: what contacts write back becomes an event of theirs, and ends or opens what is sent to them.

The site is the one whose number it was sent to. Where several share a number, it is the one that last wrote to
this person; somebody whom none of them knows is a new contact of the first of them, unless they belong to different
organizations: then it cannot be said whom the message is for, and the request is kept with that remark.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Site
from berinia.rows import fetch, run, update_rows
from communications.apply import happening
from communications.books import Books
from communications.choices import Proof, refuse_marketing
from communications.happened import Happening
from communications.models.reach import Moment
from communications.notify import Alert
from communications.optout import Wish, first_word, wish
from communications.withdraw import BY_PHONE, opt_in, opt_out
from crm.ingest import Report, ingest
from crm.matching import OPT_OUT
from crm.models import Event
from crm.phones import InvalidPhoneError, normalize

logger = logging.getLogger(__name__)

RECEIVED = {"sms": "sms_recu", "whatsapp": "whatsapp_recu"}
PREFIX = "whatsapp:"
LONGEST = 1_600  # https://www.twilio.com/docs/messaging/api/message-resource
ANSWERS = timedelta(days=30)  # what comes later answers no message in particular
NOT_A_NUMBER = "l'expéditeur n'est pas un numéro de téléphone"
NOBODY_S = "aucun site ne reçoit sous ce numéro"
SEVERAL_S = "plusieurs organisations reçoivent sous ce numéro, aucune ne connaît l'expéditeur"

OWNERS = """
SELECT r.channel, r.number, s.id, s.organization_id
FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS r (channel, number, is_default)
JOIN sites s ON r.number = replace(CASE r.channel WHEN 'sms' THEN s.sms_sender ELSE s.whatsapp_sender END, ' ', '')
    OR (r.is_default AND CASE r.channel WHEN 'sms' THEN s.sms_sender ELSE s.whatsapp_sender END = '')
ORDER BY s.id
"""
# Who may have written, and what was last sent to them there.
SENDERS = """
SELECT q.n, f.* FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS q (n, channel, phone, sites)
CROSS JOIN LATERAL (
    SELECT c.id, c.organization_id, c.site_id, c.email, c.phone, m.id AS message_id, m.sent_at
    FROM contacts c LEFT JOIN LATERAL (
        SELECT id, sent_at FROM messages m WHERE m.contact_id = c.id AND m.channel = q.channel
          AND m.sent_at IS NOT NULL ORDER BY id DESC LIMIT 1
    ) m ON true
    WHERE c.site_id = ANY(string_to_array(q.sites, ' ')::bigint[]) AND c.phone = q.phone
    ORDER BY m.id DESC NULLS LAST, c.id DESC LIMIT 100
) AS f
"""
LOCK = "SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# The latest word counts: for a day after it, WhatsApp takes free text.
WROTE = """
UPDATE contacts AS c SET whatsapp_at = greatest(c.whatsapp_at, v.at)
FROM unnest(%s::bigint[], %s::timestamptz[]) AS v (id, at) WHERE c.id = v.id
"""
REPLIED = {"id": "bigint", "replied_at": "timestamptz"}
UNSUBSCRIBED = {"id": "bigint", "unsubscribed_at": "timestamptz"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in. `sender` is E.164, or "" when it is no phone number."""

    row_id: int
    channel: str
    provider_id: str
    sender: str
    receiver: str
    text: str
    received_at: datetime
    name: str = ""
    medias: int = 0
    wish: Wish = Wish.NONE

    @property
    def key(self) -> str:
        """What makes its event one event."""
        return f"{self.channel}/{self.provider_id}"

    @property
    def proof(self) -> Proof:
        """What shows that its sender said so."""
        return Proof(source=self.channel, text=self.text)

    def data(self) -> dict[str, Any]:
        """Return what the event bears."""
        said = {"texte": self.text, "de": self.sender, "a": self.receiver, "mot": first_word(self.text)[:80]}
        return said | ({"medias": self.medias} if self.medias else {})


@dataclass(frozen=True, slots=True)
class Placed:
    """Whose it is: the contacts who may have sent it, whoever was last written to first; or the sites it came to."""

    incoming: Incoming
    people: Sequence[Any]
    sites: Sequence[Any]

    @property
    def message_id(self) -> int | None:
        """The message that it answers."""
        who = self.people[0] if self.people else None
        if who is None or who.sent_at is None or who.sent_at < self.incoming.received_at - ANSWERS:
            return None
        return int(who.message_id)


def incoming(row: Any) -> Incoming:
    """Read a stored request: https://www.twilio.com/docs/messaging/guides/webhook-request"""
    form: Mapping[str, str] = row.body
    try:
        sender = normalize(form.get("From", "").removeprefix(PREFIX))
    except InvalidPhoneError:
        sender = ""
    text = (form.get("Body") or form.get("ButtonText", ""))[:LONGEST]
    told = {"STOP": Wish.STOP, "START": Wish.START}.get(form.get("OptOutType", ""))  # the provider has understood
    medias = form.get("NumMedia", "0")
    return Incoming(
        row.id, row.kind, form.get("MessageSid", "")[:100], sender,
        form.get("To", "").removeprefix(PREFIX).replace(" ", "")[:40], text, row.received_at,
        name=" ".join(form.get("ProfileName", "").split())[:200],
        medias=int(medias) if medias.isdecimal() and len(medias) < 3 else 0, wish=told or wish(text),
    )  # fmt: skip


def owner_of(row: Any) -> int | None:
    """Return an organization that receives under the number that a stored request came to."""
    letter = incoming(row)
    sites = _owners({(letter.channel, letter.receiver)}).get((letter.channel, letter.receiver), ())
    return next((int(site.organization_id) for site in sites), None)


def place(letters: Sequence[Incoming]) -> list[Placed]:
    """Find whose each message is."""
    if not letters:
        return []
    owners = _owners({(letter.channel, letter.receiver) for letter in letters})
    known = [letter for letter in letters if letter.sender and owners.get((letter.channel, letter.receiver))]
    columns: list[list[Any]] = [
        [letter.row_id for letter in known],
        [letter.channel for letter in known],
        [letter.sender for letter in known],
        [" ".join(str(site.id) for site in owners[letter.channel, letter.receiver]) for letter in known],
    ]
    people: dict[int, list[Any]] = {}
    for row in fetch(SENDERS, columns) if known else ():
        people.setdefault(row.n, []).append(row)
    return [
        Placed(
            letter,
            sorted(people.get(letter.row_id, ()), key=lambda row: (row.message_id or 0, row.id), reverse=True),
            owners.get((letter.channel, letter.receiver), ()),
        )
        for letter in letters
    ]


def _owners(numbers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Any]]:
    """Return the sites that receive under each number, by channel and number."""
    defaults = {"sms": settings.TWILIO_PHONE_NUMBER, "whatsapp": settings.TWILIO_WHATSAPP_NUMBER}
    asked = sorted(numbers)
    columns: list[list[Any]] = [
        [channel for channel, _number in asked],
        [number for _channel, number in asked],
        [bool(number) and number == defaults[channel].replace(" ", "") for channel, number in asked],
    ]
    owners: dict[tuple[str, str], list[Any]] = {}
    for row in fetch(OWNERS, columns):
        owners.setdefault((row.channel, row.number), []).append(row)
    return owners


def hear(letters: Sequence[Placed], messages: Mapping[int, Any], books: Books) -> None:
    """Take in messages that came in, in their order. The messages that they answer are locked (`messages`)."""
    touched = [p for p in letters if p.incoming.channel == "whatsapp" or p.incoming.wish is not Wish.NONE]
    if contacts := {person.id for placed in touched for person in placed.people}:
        fetch(LOCK, [sorted(contacts)])  # all at once and in one order: no circle of locks
    _note_sessions(letters)
    for placed in letters:
        if placed.people:
            _from_known(placed, messages, books)
        else:
            _from_unknown(placed, books)
    answered = [p for p in letters if p.message_id in messages]
    _mark(REPLIED, Moment.REPLIED, [p for p in answered if p.incoming.wish is not Wish.STOP], messages, books)
    _mark(UNSUBSCRIBED, Moment.UNSUBSCRIBED, [p for p in answered if p.incoming.wish is Wish.STOP], messages, books)


def _note_sessions(letters: Sequence[Placed]) -> None:
    at: dict[int, datetime] = {}
    for placed in letters:
        if placed.incoming.channel == "whatsapp":
            for person in placed.people:
                at[person.id] = max(placed.incoming.received_at, at.get(person.id, placed.incoming.received_at))
    if at:
        run(WROTE, [list(at), list(at.values())])


def _mark(
    types: Mapping[str, str], moment: Moment, letters: Sequence[Placed], messages: Mapping[int, Any], books: Books
) -> None:
    """Note on messages that they were answered, or opted out by, for the first time, and count it."""
    column = list(types)[1]
    first: dict[int, datetime] = {}
    for placed in letters:
        if placed.message_id is not None and getattr(messages[placed.message_id], column) is None:
            first.setdefault(placed.message_id, placed.incoming.received_at)
    for message_id, at in first.items():
        books.reach(messages[message_id], moment, at)
    update_rows("messages", types, list(first.items()))


def _from_known(placed: Placed, messages: Mapping[int, Any], books: Books) -> None:
    """Who asks for an end is not written to from this number any more, under whatever name they are known."""
    letter = placed.incoming
    if letter.wish is Wish.STOP:
        opt_out(placed.people, BY_PHONE, letter.proof, letter.received_at, refuses=(letter.channel,))
        return
    if letter.wish is Wish.START and opt_in(placed.people, (letter.channel,), letter.proof, letter.received_at):
        return
    if letter.wish is Wish.UNCLEAR:
        _hold_marketing(placed.people, letter, books)
    books.happenings += _reply(placed, messages.get(placed.message_id or 0))


def _reply(placed: Placed, message: Any) -> list[Happening]:
    """Return the events of an answer: what was said, and that the message was answered."""
    letter, who = placed.incoming, placed.people[0]
    name, data = RECEIVED[letter.channel], letter.data()
    if message is None:
        whose = (who.organization_id, who.site_id, who.id)
        return [Happening(*whose, name, letter.received_at, data, letter.key)]
    data |= {"reponse_a": message.execution_id}
    replied = f"{letter.channel}.replied"
    return [
        happening(message, name, letter.received_at, letter.key, data),
        happening(message, replied, letter.received_at, f"{letter.key}/replied", data),
    ]


def _from_unknown(placed: Placed, books: Books) -> None:
    """Make a contact of somebody whom nobody knew, or remark why that cannot be done."""
    letter = placed.incoming
    if problem := _problem(placed):
        logger.warning("a message that came in was left alone: %s", problem, extra={"webhook": letter.row_id})
        books.problems[letter.row_id] = problem
        return
    is_end = letter.wish is Wish.STOP
    report = Report(
        OPT_OUT if is_end else RECEIVED[letter.channel], {"par": letter.channel} if is_end else letter.data(),
        letter.name, phone=letter.sender, idempotency_key=letter.key, is_trusted=False,
    )  # fmt: skip
    site = Site.objects.get(pk=placed.sites[0].id)
    (event_id,) = ingest(site, [report], now=letter.received_at)
    contact = Event.objects.select_related("contact").get(pk=event_id).contact
    if letter.channel == "whatsapp":
        run(WROTE, [[contact.pk], [letter.received_at]])
    if is_end:
        opt_out([contact], BY_PHONE, letter.proof, letter.received_at, refuses=(letter.channel,))
    elif letter.wish is Wish.UNCLEAR:
        _hold_marketing([contact], letter, books)


def _problem(placed: Placed) -> str:
    if not placed.incoming.sender:
        return NOT_A_NUMBER
    if not placed.sites:
        return NOBODY_S
    return SEVERAL_S if len({site.organization_id for site in placed.sites}) > 1 else ""


def _hold_marketing(people: Sequence[Any], letter: Incoming, books: Books) -> None:
    """It may have been a STOP: nothing commercial goes out there any more, and a person reads it."""
    refuse_marketing(people, (letter.channel,), letter.proof, letter.received_at)
    books.alerts += [
        Alert(
            person.organization_id, f"stop/{person.id}", "warning", "Une réponse est peut-être une demande d'arrêt",
            "Plus rien de commercial ne part vers ce contact sur ce canal. Lisez sa réponse dans ses événements, "
            "et désinscrivez-le si c'est bien ce qu'il demande.",
            f"/admin/crm/contact/{person.id}/change/",
        )
        for person in people
    ]  # fmt: skip

"""Who the messages of a bad day go to: people in many time zones, some closed, some without consent, some not there."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

SENDER = "+33939000001"
QUOTA = 300  # SMS a month of the second organization
EACH = 5  # messages a person
ZONES = (
    "Europe/Paris", "Indian/Reunion", "America/Martinique", "Pacific/Noumea", "Pacific/Tahiti", "America/New_York",
    "Asia/Tokyo", "America/Cayenne",
)  # fmt: skip
TEXTS = {"un": "sms", "deux": "email", "trois": "sms", "quatre": "email", "cinq": "whatsapp"}
MARKETING = frozenset({"trois", "quatre"})


def phone(person: int) -> str:
    return f"+336{person:08}"


def email(person: int) -> str:
    """Some addresses bounce or complain: those of Resend's own tests."""
    local = {3: "bounced", 4: "complained"}.get(person % 40)
    return f"{local}+p{person}@resend.dev" if local else f"p{person}@exemple.fr"


def whatsapp_people(count: int) -> Iterator[str]:
    """Yield the numbers of those who wrote on WhatsApp lately."""
    yield from (phone(person) for person in range(count // EACH) if person % 2)


def populate(count: int, seed: int) -> None:
    """Make people, texts and messages that are all due now."""
    from accounts.models import Organization, Site
    from communications.models import SendingRules, Template

    chance, now = random.Random(f"people/{seed}"), datetime.now(UTC)
    first = Site.objects.get(slug="site-123")
    first.sms_sender = SENDER
    first.save()
    organization = Organization.objects.create(name="Quota", slug="quota")
    second = Site.objects.create(
        organization=organization, slug="quota", business_name="Quota", sms_sender=SENDER, whatsapp_sender=SENDER,
        email_from="quota@exemple.fr",
    )  # fmt: skip
    SendingRules.objects.create(organization=organization, monthly_sms=QUOTA, monthly_whatsapp=100_000)
    for site in (first, second):
        for name, channel in TEXTS.items():
            text = f"{name} pour {{{{ contact.telephone }}}}"
            body = f"<mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section>"
            Template.objects.create(
                organization=site.organization, name=f"mail/{name}", channel=channel,
                subject=name if channel == "email" else "", body=body if channel == "email" else text,
                category="marketing" if name in MARKETING else "transactional",
            )  # fmt: skip
    people = count // EACH
    _people(first, range(people - people // 8), chance, now)
    _people(second, range(people - people // 8, people), chance, now)


def _people(site: Any, numbers: range, chance: random.Random, now: datetime) -> None:
    from communications.models import Message
    from communications.suppress import suppress
    from crm.consent import Statement, record_consents
    from crm.models import Contact

    contacts = Contact.objects.bulk_create([
        Contact(
            organization=site.organization, site=site, name="Camille Martin", phone=phone(n), email=email(n),
            timezone=chance.choice(ZONES), whatsapp_at=now if n % 2 else None,
            opted_out_at=now - timedelta(days=1) if n % 40 == 5 else None,
        )
        for n in numbers
    ], batch_size=2_000)  # fmt: skip
    statements = [
        Statement(site.organization_id, c.pk, "marketing", channel, "granted", text="J'accepte.", source="api")
        for c, n in zip(contacts, numbers, strict=True) if n % 5 for channel in ("sms", "email", "whatsapp")
    ]  # fmt: skip
    record_consents(statements, now)
    for contact, n in zip(contacts, numbers, strict=True):
        if n % 40 == 6:
            suppress(site.organization_id, "sms", phone(n), "opt_out", now - timedelta(days=1))
        if n % 40 == 7:
            suppress(site.organization_id, "email", email(n), "unreachable", now - timedelta(days=1))
        assert contact.pk
    messages = [
        Message(
            organization=site.organization, site=site, contact=contact, step=name, template=f"mail/{name}",
            channel=channel, category="marketing" if name in MARKETING else "transactional", status="queued",
            due_at=now, useful_until=now + timedelta(days=5), created_at=now,
        )
        for name, channel in TEXTS.items() for contact in contacts
    ]  # fmt: skip
    chance.shuffle(messages)
    Message.objects.bulk_create(messages, batch_size=2_000)

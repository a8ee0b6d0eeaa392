"""What tests are about, made plainly: fixed defaults, any of them changed by name."""

from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from typing import Any

from accounts.keys import KeyKind
from accounts.models import ApiKey, Organization, Site
from communications.models import Message, Template
from crm.consent import Statement, record_consents
from crm.models import Connection, Contact, Event, Export, Lead
from workflows.definition import dump, parse
from workflows.deploy import publish
from workflows.models import DefinitionVersion, Execution, Workflow

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Paris

# One SMS, a quarter of an hour, another one.
DEFINITION: dict[str, Any] = {
    "trigger": {"event": "appel_urgence"},
    "goal": {"event": "intervention_terminee", "within": "2h", "target": 0.98},
    "steps": [
        {"id": "accuse", "send": "sms", "template": "urgence_accuse"},
        {"id": "pause", "wait": "15m"},
        {"id": "en_route", "send": "sms", "template": "urgence_en_route"},
    ],
}

_next = numbers(1)


def make_organization(**changes: Any) -> Organization:
    """Make an organization, each with a slug of its own."""
    return Organization.objects.create(
        **{"name": "Plomberie Martin", "slug": f"organisation-{next(_next)}", "plan": "agence"} | changes
    )


def make_site(**changes: Any) -> Site:
    """Make a site of an organization (a new one, unless given)."""
    if "organization" not in changes:
        changes["organization"] = make_organization()
    defaults = {
        "slug": f"site-{next(_next)}",
        "sector": "plombier",
        "business_name": "Plomberie Martin",
        "phone": "+33123456789",
        "address": "3 rue des Lilas, 69003 Lyon",
        "url": "https://plomberie-martin.example.com",
        "email": "contact@plomberie-martin.example.com",
        "email_from": "bonjour@plomberie-martin.example.com",
        "sms_sender": "PlombMartin",
        "timezone": "Europe/Paris",
    }
    return Site.objects.create(**defaults | changes)


def make_key(site: Site | None = None, kind: KeyKind = KeyKind.SECRET) -> str:
    """Make a key of a site and return its plain text."""
    return ApiKey.issue(site or make_site(), kind)[1]


def make_contact(**changes: Any) -> Contact:
    """Make a contact of a site (a new one, unless given)."""
    site = changes.setdefault("site", None) or make_site()
    defaults = {
        "organization": site.organization,
        "name": "Jean Dupont",
        "email": f"jean{next(_next)}@example.com",
        "phone": "+33612345678",
    }
    return Contact.objects.create(**defaults | changes | {"site": site})


def make_lead(**changes: Any) -> Lead:
    """Make a lead of a contact (a new one, unless given), not yet classified."""
    contact = changes.pop("contact", None) or make_contact(site=changes.pop("site", None))
    defaults = {"organization": contact.organization, "site": contact.site, "contact": contact, "created_at": NOW}
    return Lead.objects.create(**defaults | changes)


def make_ready_lead(**changes: Any) -> Lead:
    """Make a lead that is classified and may be exported."""
    return make_lead(**{"quality": "CHAUD", "score": 80, "status": "a_exporter", "classified_at": NOW} | changes)


def make_connection(**changes: Any) -> Connection:
    """Make the active connection of an organization (a new one, unless given): to our own pipeline."""
    organization = changes.pop("organization", None) or make_organization()
    return Connection.objects.create(organization=organization, **{"connector": "integre"} | changes)


def make_export(**changes: Any) -> Export:
    """Make an export of a lead (a new one, unless given) that is due."""
    lead = changes.pop("lead", None) or make_lead(quality="CHAUD", score=82, status="a_exporter")
    connection = changes.pop("connection", None) or make_connection(organization=lead.organization)
    defaults = {
        "organization": lead.organization, "connection": connection, "lead": lead, "contact": lead.contact,
        "day": NOW.date(), "quality": lead.quality or "CHAUD", "score": lead.score or 0, "reason": "demande un devis",
        "due_at": NOW, "created_at": NOW,
    }  # fmt: skip
    return Export.objects.create(**defaults | changes)


def make_consent(contact: Contact, *channels: str, state: str = "granted", purpose: str = "marketing") -> None:
    """Record what a contact says of some channels, before NOW."""
    said = [
        Statement(contact.organization_id, contact.pk, purpose, channel, state, text="J'accepte.", source="api")
        for channel in channels
    ]
    record_consents(said, NOW - timedelta(days=1))


def make_event(**changes: Any) -> Event:
    """Make an event of a contact (a new one, unless given), not yet routed."""
    contact = changes.setdefault("contact", None) or make_contact()
    defaults = {
        "organization": contact.organization,
        "site": contact.site,
        "name": "appel_urgence",
        "data": {"urgence": "haute"},
        "occurred_at": NOW,
        "received_at": NOW,
    }
    return Event.objects.create(**defaults | changes | {"contact": contact})


def make_workflow(definition: dict[str, Any] | None = None, **changes: Any) -> Workflow:
    """Make an active workflow of a site (a new one, unless given) with one published version."""
    site = changes.setdefault("site", None) or make_site()
    defaults = {
        "organization": site.organization,
        "slug": f"workflow-{next(_next)}",
        "name": "Urgence 24h/24",
        "sector": "plombier",
    }
    workflow = Workflow.objects.create(**defaults | changes | {"site": site})
    publish(workflow, dump(parse(definition or DEFINITION)))
    return workflow


def make_execution(**changes: Any) -> Execution:
    """Make an execution that rests in the middle of a workflow (a new one, unless given)."""
    contact, workflow = changes.pop("contact", None), changes.pop("workflow", None)
    if workflow is None:
        workflow = make_workflow(site=contact.site if contact else None)
    if contact is None:
        contact = make_contact(site=workflow.site)
    version: DefinitionVersion = workflow.version
    if "event_id" not in changes:
        changes["event_id"] = make_event(contact=contact, routed_at=NOW).pk
    defaults = {
        "organization": workflow.organization,
        "site": workflow.site,
        "workflow": workflow,
        "version": version,
        "contact": contact,
        "status": "en_cours",
        "at": "pause",
        "entered_at": NOW,
        "due_at": NOW + timedelta(minutes=15),
        "started_at": NOW,
    }
    return Execution.objects.create(**defaults | changes)


def make_message(**changes: Any) -> Message:
    """Make a queued SMS to a contact (a new one, unless given); without an execution unless given."""
    contact = changes.pop("contact", None)
    execution: Execution | None = changes.pop("execution", None)
    if contact is None:
        contact = execution.contact if execution else make_contact()
    defaults = {
        "organization": contact.organization,
        "site": contact.site,
        "contact": contact,
        "execution_id": execution.pk if execution else None,
        "workflow_id": execution.workflow_id if execution else None,
        "event_id": execution.event_id if execution else None,
        "step": "accuse",
        "template": "plombier/urgence_accuse",
        "channel": "sms",
        "category": "transactional",
        "due_at": NOW,
        "useful_until": NOW + timedelta(hours=24),
        "created_at": NOW,
    }
    return Message.objects.create(**defaults | changes)


def make_template(**changes: Any) -> Template:
    """Make an email of an organization (a new one, unless given), without a version."""
    body = "<mj-section><mj-column><mj-text>{{ contact.salutation }}, ici {{ site.nom }}.</mj-text>"
    body += "</mj-column></mj-section>"
    defaults = {"name": "plombier/essai", "channel": "email", "subject": "Bonjour", "body": body, "updated_at": NOW}
    organization = changes.pop("organization", None) or make_organization()
    return Template.objects.create(organization=organization, **defaults | changes)

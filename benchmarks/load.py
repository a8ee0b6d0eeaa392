"""Rows to measure on: an organization, a workflow of three steps, and executions that are due."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from accounts.models import Organization, Site
from workflows.deploy import publish
from workflows.models import Workflow

# A message, a minute, another message.
DEFINITION = {
    "trigger": {"event": "essai"},
    "steps": [
        {"id": "un", "send": "sms", "template": "urgence_accuse"},
        {"id": "pause", "wait": "1m"},
        {"id": "deux", "send": "sms", "template": "urgence_en_route"},
    ],
}
CONTACTS = """
INSERT INTO contacts (organization_id, site_id, name, phone, tags, fields)
SELECT %s, %s, 'Contact', '+336' || lpad(g::text, 8, '0'), '{}', '{}' FROM generate_series(1, %s) g
"""
EXECUTIONS = """
INSERT INTO executions_workflow (organization_id, site_id, workflow_id, version_id, contact_id, event_id, entry_key,
    status, at, entered_at, due_at, started_at, seen, reason, failures, erreurs)
SELECT organization_id, site_id, %s, %s, id, 1, %s, 'en_attente', 'un', %s, %s, %s, '{}', '', 0, '[]' FROM contacts
WHERE site_id = %s
"""
TABLES = (
    "organisations, contacts, evenements, executions_workflow, messages, etapes_execution, metriques_conversion, "
    "metriques_messages, lots_envoi"
)


def site_with(contacts: int) -> Site:
    """Empty the tables and make a site with so many contacts."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    organization = Organization.objects.create(name="Banc", slug="banc", plan="agence")
    site = Site.objects.create(organization=organization, slug="banc", business_name="Banc")
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS, [organization.pk, site.pk, contacts])
    return site


def workflow_of(site: Site) -> Workflow:
    workflow, _ = Workflow.objects.get_or_create(
        site=site, slug="banc", defaults={"organization": site.organization, "name": "Banc", "sector": "plombier"}
    )
    publish(workflow, DEFINITION)
    return workflow


def executions(site: Site, *, due_at: datetime, key: str = "") -> None:
    """Make one execution for each contact of the site."""
    workflow = Workflow.objects.get(site=site)
    with connection.cursor() as cursor:
        values = [workflow.pk, workflow.version_id, key, due_at, due_at, due_at, site.pk]
        cursor.execute(EXECUTIONS, values)


def settle() -> None:
    """Let PostgreSQL know what is there, and begin with a clean log."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE executions_workflow")
        cursor.execute("ANALYZE")
        cursor.execute("CHECKPOINT")


def now() -> datetime:
    return datetime.now(UTC)


MINUTE = timedelta(minutes=1)

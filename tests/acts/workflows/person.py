"""A person of whom every table holds something, and a search of the whole database for what is left of them."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.audit import record
from accounts.models import Site, User
from agents.models import AgentRun
from communications.models import AgentDraft, AlertDelivery, Message, Notification, OutgoingCall, ReceivedWebhook
from communications.suppress import suppress
from crm.consent import Statement, record_consents
from crm.models import (
    Connection,
    Contact,
    Duplicate,
    Event,
    Export,
    Import,
    ImportRow,
    Note,
    Segment,
    SegmentMember,
    Task,
)
from tests.make import NOW, make_contact, make_event, make_execution, make_lead, make_message, make_site, make_workflow
from workflows.models import Enrolment, Execution, StepRun

NAME, EMAIL, PHONE = "Zoé Ravelomanana", "zoe.r@example.com", "+33698765432"
# Free texts that name nobody: only rows lead to them.
SAID, WRITTEN, BOARD = "Ma chaudière siffle la nuit", "Bonjour, votre rendez-vous est confirmé", "porte bleue"
SECRETS = (NAME, "Ravelomanana", EMAIL, PHONE, PHONE[1:], "0698765432", "06 98 76 54 32", SAID, WRITTEN, BOARD)
INBOUND_SID, SENT_SID = "SM" + "a" * 32, "SM" + "b" * 32


def make_person(site: Site | None = None, **changes: Any) -> Contact:
    """Make a contact with rows in all tables that hold something of people."""
    site = site or make_site(sms_sender="+33757000001")
    own = {"name": NAME, "email": EMAIL, "phone": PHONE, "tags": [BOARD], "fields": {"acces": BOARD}}
    zoe = make_contact(site=site, **own | changes)
    execution = make_execution(contact=zoe, workflow=make_workflow(site=site), erreurs=[{"erreur": SAID}])
    StepRun.objects.create(
        organization_id=zoe.organization_id, execution_id=execution.pk, step="accuse", kind="send", at=NOW
    )
    Event.objects.filter(pk=execution.event_id).update(data={"texte": SAID})
    make_event(contact=zoe, name="sms_recu", data={"texte": SAID, "de": PHONE}, routed_at=NOW,
               idempotency_key=f"sms/{INBOUND_SID}")  # fmt: skip
    message = make_message(
        execution=execution, status="sent", provider="twilio", provider_id=SENT_SID, to=PHONE, due_at=None,
        payload={"to": PHONE, "body": WRITTEN},
    )  # fmt: skip
    make_message(execution=execution, step="en_route")
    whose = {"organization": zoe.organization, "site": zoe.site, "contact": zoe}
    task = Task.objects.create(title=f"Rappeler {NAME}", created_at=NOW, execution_id=execution.pk, **whose)
    OutgoingCall.objects.create(
        workflow_id=execution.workflow_id, execution_id=execution.pk, step="crm", url="https://ex.fr", created_at=NOW,
        data={"note": SAID}, due_at=NOW, **whose,
    )  # fmt: skip
    segment = Segment.objects.create(
        organization=zoe.organization, site=site, slug=f"s{zoe.pk}", name="Fidèles", condition="true"
    )
    SegmentMember.objects.create(segment=segment, contact=zoe, entered_at=NOW)
    Enrolment.objects.create(
        organization=zoe.organization, site=site, workflow_id=execution.workflow_id, contact_ids=[1, zoe.pk, 2**40],
        key=f"k{zoe.pk}", created_at=NOW, next_at=None, status="terminee",
    )  # fmt: skip
    text = "J'accepte les offres."
    record_consents([
        Statement(zoe.organization_id, zoe.pk, "marketing", "email", "granted", text=text, ip="192.0.2.7"),
        Statement(zoe.organization_id, zoe.pk, "marketing", "sms", "refused"),
    ], NOW)  # fmt: skip
    _as_a_lead(zoe, execution)
    _webhooks(message)
    _alerts(zoe, execution)
    if zoe.email:
        suppress(zoe.organization_id, "email", zoe.email, "complaint", NOW)
    _logs(zoe, task, execution)
    return zoe


def _as_a_lead(zoe: Contact, execution: Execution) -> None:
    whose = {"organization": zoe.organization, "site": zoe.site, "contact": zoe}
    lead = make_lead(contact=zoe, company=f"Chez {NAME}", insights=[SAID], score=70, quality="CHAUD")
    Note.objects.create(text=SAID, author="Anne", created_at=NOW, **whose)
    Duplicate.objects.create(  # of herself: nobody else is to be made here
        organization=zoe.organization, site=zoe.site, first=zoe, second=zoe, reason="phone", similarity=90,
        created_at=NOW,
    )  # fmt: skip
    connection, _made = Connection.objects.get_or_create(organization=zoe.organization)
    Export.objects.create(
        organization=zoe.organization, connection=connection, lead=lead, contact=zoe, day=NOW.date(), quality="CHAUD",
        score=70, reason=SAID, status="exporte", created_at=NOW,
    )  # fmt: skip
    file = Import.objects.create(
        organization=zoe.organization, site=zoe.site, file_name="clients.csv", author="Anne", created_at=NOW
    )
    ImportRow.objects.create(imported=file, line=2, result="cree", contact=zoe, after={"nom": NAME})
    ImportRow.objects.create(imported=file, line=3, result="erreur", errors=[f"« {EMAIL} » deux fois"])
    AgentRun.objects.create(
        agent="lead_classifier", status="terminee", input={"dit": SAID}, output={"dit": WRITTEN}, created_at=NOW,
        **whose,
    )  # fmt: skip
    AgentDraft.objects.create(
        contact=zoe, execution_id=execution.pk, run=1, step="accuse", channel="sms", text=WRITTEN, created_at=NOW
    )


def _webhooks(message: Message) -> None:
    shared = {"provider": "twilio", "received_at": NOW, "processed_at": NOW}
    ReceivedWebhook.objects.create(
        kind="status", external_id=f"{message.pk}/delivered", message_id=message.pk, body={"To": PHONE}, **shared
    )
    ReceivedWebhook.objects.create(
        kind="incoming", external_id=f"in-{message.pk}", body={"From": PHONE, "To": "+33757000001", "Body": SAID},
        **shared,
    )  # fmt: skip


def _alerts(zoe: Contact, execution: Execution) -> None:
    page = f"/admin/workflows/execution/{execution.pk}/change/"
    for key, title, body, link in (("a", f"Rappeler {NAME}", "", ""), ("b", "Réponse reçue", SAID, page)):
        alert = Notification.objects.create(
            organization=zoe.organization, key=f"{key}{zoe.pk}", title=title, body=body, link=link, created_at=NOW,
            last_at=NOW,
        )  # fmt: skip
        AlertDelivery.objects.create(notification=alert, medium="slack", created_at=NOW)


def _logs(zoe: Contact, task: Task, execution: Execution) -> None:
    record("Anne", "tache.terminer", "tache", task.pk, now=NOW, organization_id=zoe.organization_id, reason=BOARD)
    record("Anne", "arret", "executions", execution.pk, now=NOW, organization_id=zoe.organization_id, reason=SAID)
    record("Anne", "note", "site", zoe.site_id, now=NOW, organization_id=zoe.organization_id,
           reason=f"plainte de {NAME}", details={"tel": "06 98 76 54 32"})  # fmt: skip
    user, _made = User.objects.get_or_create(username="anne")
    for row in (zoe, task):
        LogEntry.objects.create(
            user=user, content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk), object_repr=str(row),
            action_flag=CHANGE, change_message=f"Modifié : {row}",
        )  # fmt: skip


COLUMNS = """
SELECT c.table_name AS "table", c.column_name AS "column"
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  AND c.data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'ARRAY', 'inet')
"""


def places_of(*words: str) -> dict[str, list[str]]:
    """Return each column of the database that holds one of these words, with what was found there."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column in cursor.fetchall():
            for word in words:
                query = f'SELECT count(*) FROM "{table}" WHERE position(lower(%s) in lower("{column}"::text)) > 0'
                cursor.execute(query, [word])
                if cursor.fetchone()[0]:
                    found.setdefault(f"{table}.{column}", []).append(word)
    return found

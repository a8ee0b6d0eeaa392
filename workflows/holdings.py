"""Holdings: everything that is kept of a person, table by table. Export shows all of it, erasure ends all of it.

The one list of both (docs/privacy.md says the same for people). A house test fails when a table about contacts, or one
of its columns, is not in it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import Site
from berinia.rows import fetch
from communications.suppress import digest
from crm.aliases import addresses_of, names_of
from crm.models import Contact

OWNERS = frozenset({"organization_id", "site_id"})
SPEAKS = "position(w.x in lower("
PHONE_PARTS = re.compile(r"\+(\d+)")


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds of a person.

    `where` finds the rows `t` by traces (see below). `columns` are what an export shows, under its French name: a
    column or an expression; `left_out` say nothing of the person. `clear` is what an erasure sets where the row itself
    stays; empty: the row is deleted. `shown` narrows what an export shows down from what an erasure ends.
    """

    table: str
    title: str
    where: str
    columns: Mapping[str, str]
    left_out: frozenset[str] = OWNERS
    clear: str = ""
    shown: str = "TRUE"

    @property
    def is_searched(self) -> bool:
        """Whether texts are read for a person's name and addresses: no index finds these rows."""
        return SPEAKS in self.where

    def expressions(self) -> list[str]:
        """Return what is selected, in the order of `columns`."""
        return [f"t.{value}" if value.isidentifier() else value for value in self.columns.values()]


def _speaks_of(words: str, text: str) -> str:
    """Return the condition that a text holds one of some words, whatever its case."""
    return f"EXISTS (SELECT FROM unnest(%({words})s::text[]) AS w (x) WHERE {SPEAKS}{text})) > 0)"


OF_CONTACT = "t.contact_id = ANY(%(contacts)s)"
ABOUT_THEM = "t.organization_id = ANY(%(organizations)s)"
NAME_OF_WORKFLOW = "(SELECT w.name FROM workflows_automatises w WHERE w.id = t.workflow_id)"
ALERTS = f"""
{ABOUT_THEM} AND (t.link = ANY(%(links)s) OR {_speaks_of("words", "t.title || ' ' || t.body")})
"""
HOLDINGS = (
    Holding(
        "contacts", "contact", "t.id = ANY(%(contacts)s)",
        {
            "id": "id", "nom": "name", "email": "email", "telephone": "phone", "etiquettes": "tags",
            "autres_champs": "fields", "fuseau_horaire": "timezone", "dernier_message_whatsapp": "whatsapp_at",
            "desinscrit_le": "opted_out_at", "cree_le": "created_at", "modifie_le": "updated_at",
        },
    ),
    Holding(
        "consentements", "consentements", OF_CONTACT,
        {
            "id": "id", "finalite": "purpose", "canal": "channel", "choix": "state", "fondement": "basis", "date": "at",
            "texte": "text", "version": "text_version", "origine": "source", "page": "url", "ip": "host(t.ip)",
            "navigateur": "user_agent", "enregistre_par": "recorded_by",
        },
        OWNERS | {"contact_id"},
    ),
    Holding(
        "evenements", "evenements", OF_CONTACT,
        {
            "id": "id", "evenement": "name", "donnees": "data", "survenu_le": "occurred_at", "recu_le": "received_at",
            "traite_le": "routed_at", "cle": "idempotency_key",
        },
        OWNERS | {"contact_id", "workflow_id", "moved", "refused", "error"},
    ),
    Holding(
        "messages", "messages", OF_CONTACT,
        {
            "id": "id", "canal": "channel", "categorie": "category", "modele": "template", "destinataire": "to",
            "contenu": "payload", "statut": "status", "raison": "reason", "explication": "detail",
            "essais_sans_succes": "refusals",
            "fournisseur": "provider", "identifiant_fournisseur": "provider_id", "cree_le": "created_at",
            "envoye_le": "sent_at", "remis_le": "delivered_at", "ouvert_le": "opened_at", "clique_le": "clicked_at",
            "repondu_le": "replied_at", "rejete_le": "bounced_at", "signale_indesirable_le": "complained_at",
            "desinscription_le": "unsubscribed_at", "execution": "execution_id", "etape": "step",
        },
        OWNERS | {
            "contact_id", "event_id", "workflow_id", "run", "due_at", "useful_until", "attempts", "calls",
            "first_attempt_at", "attempted_at", "reports_outcome", "batch_id", "template_version", "segments",
        },
    ),
    Holding(
        "executions_workflow", "executions", OF_CONTACT,
        {
            "id": "id", "workflow": NAME_OF_WORKFLOW, "statut": "status", "etape": "at", "commencee_le": "started_at",
            "finie_le": "ended_at", "raison": "reason", "signaux": "seen", "cle_entree": "entry_key",
            "erreurs": "erreurs",
        },
        OWNERS | {
            "contact_id", "version_id", "event_id", "entered_at", "due_at", "run", "planned_at", "skip_until",
            "failures", "is_moved",
        },
    ),
    Holding(
        "etapes_execution", "etapes", "t.execution_id = ANY(%(executions)s)",
        {"execution": "execution_id", "etape": "step", "type": "kind", "passee_le": "at", "detail": "detail"},
        OWNERS | {"id"},
    ),
    Holding(
        "taches", "taches", OF_CONTACT,
        {
            "id": "id", "a_faire": "title", "avant_le": "due_at", "creee_le": "created_at", "faite_le": "done_at",
            "faite_par": "done_by", "execution": "execution_id", "etape": "step",
        },
        OWNERS | {"contact_id"},
    ),
    Holding(
        "membres_segment", "segments", OF_CONTACT,
        {"segment": "(SELECT s.name FROM segments s WHERE s.id = t.segment_id)", "entre_le": "entered_at"},
        frozenset({"id", "contact_id"}),
    ),
    Holding(
        "inscriptions", "inscriptions",
        "t.site_id = ANY(%(sites)s) AND t.contact_ids IS NOT NULL"
        " AND EXISTS (SELECT FROM unnest(%(contacts)s::bigint[]) AS c (id) WHERE t.contact_ids @> to_jsonb(c.id))",
        {
            "id": "id", "workflow": NAME_OF_WORKFLOW, "evenement": "event", "creee_le": "created_at",
            "finie_le": "ended_at",
        },
        # The lists name others, and their data are those of everybody in them.
        OWNERS | {
            "contact_ids", "segment_id", "condition", "data", "per_minute", "status", "last_contact_id", "entered",
            "next_at", "key", "created_by",
        },
        clear="""contact_ids = coalesce((SELECT jsonb_agg(c.id) FROM jsonb_array_elements(t.contact_ids) AS c (id)
            WHERE NOT to_jsonb(%(contacts)s::bigint[]) @> c.id), '[]')""",
    ),
    Holding(
        "appels_http", "appels_http", OF_CONTACT,
        {
            "id": "id", "adresse": "url", "donnees": "data", "etape": "step", "execution": "execution_id",
            "statut": "status", "reponse_http": "http_status", "erreur": "error", "cree_le": "created_at",
            "regle_le": "settled_at",
        },
        OWNERS | {"contact_id", "workflow_id", "run", "event_id", "due_at", "attempts"},
    ),
    Holding(
        "leads", "lead", OF_CONTACT,
        {
            "id": "id", "qualite": "quality", "score": "score", "statut": "status", "etape": "stage",
            "a_cette_etape_depuis": "stage_at", "montant_centimes": "amount_cents", "entreprise": "company",
            "taille": "company_size", "fonction": "job_title", "secteur": "sector", "region": "region",
            "decide": "decision_maker", "difficultes": "pain_points", "interets": "interests", "a_savoir": "insights",
            "pourquoi": "reasoning", "origine": "source", "classe_par": "decided_by", "classe_le": "classified_at",
            "export_au_plus_tot": "export_after", "raison_du_delai": "delay_reason", "exporte_le": "exported_at",
            "cree_le": "created_at", "modifie_le": "updated_at",
        },
        OWNERS | {"contact_id", "owner_id", "company_key", "email_key", "classify_at", "classify_attempts"},
    ),
    Holding(
        "notes", "notes", OF_CONTACT,
        {"id": "id", "texte": "text", "par": "author", "le": "created_at"},
        OWNERS | {"contact_id"},
    ),
    # Who the other one is, is said to nobody.
    Holding(
        "doublons", "doublons", "(t.first_id = ANY(%(contacts)s) OR t.second_id = ANY(%(contacts)s))",
        {
            "id": "id", "raison": "reason", "ressemblance": "similarity", "etat": "state", "trouve_le": "created_at",
            "regle_le": "settled_at", "regle_par": "settled_by",
        },
        OWNERS | {"first_id", "second_id"},
    ),
    Holding(
        "exports_leads", "exports_crm", OF_CONTACT,
        {
            "id": "id", "vers": "(SELECT k.connector FROM connexions_crm k WHERE k.id = t.connection_id)",
            "qualite": "quality", "score": "score", "raison": "reason", "statut": "status", "jour": "day",
            "identifiant_crm": "external_id", "erreur": "error", "approuve_par": "decided_by",
            "decide_le": "created_at", "exporte_le": "exported_at", "verifie_le": "checked_at", "trouve": "found",
        },
        OWNERS | {"contact_id", "lead_id", "run_id", "due_at", "attempts"},
    ),
    # A line that is wrong leads to nobody, but says somebody's name.
    Holding(
        "lignes_import", "lignes_import",
        f"""({OF_CONTACT} OR t.contact_id IS NULL
             AND t.imported_id IN (SELECT i.id FROM imports i WHERE i.site_id = ANY(%(sites)s))
             AND {_speaks_of("words", "coalesce(t.given::text, '') || ' ' || t.errors::text")})""",  # noqa: S608
        {
            "id": "id", "fichier": "(SELECT i.file_name FROM imports i WHERE i.id = t.imported_id)", "ligne": "line",
            "resultat": "result", "avant": "before", "apres": "after", "erreurs": "errors", "cellules": "given",
            "garde": "kept",
        },
        OWNERS | {"contact_id"},
    ),
    Holding(
        "executions_agents", "agents", OF_CONTACT,
        {
            "id": "id", "agent": "agent", "statut": "status", "demande": "request", "entree": "input",
            "reponse": "output", "decide_par": "decided_by", "modele": "model", "corrige": "guarded",
            "erreur": "error", "execution": "execution_id", "etape": "step", "demandee_le": "created_at",
            "finie_le": "finished_at",
        },
        OWNERS | {
            "contact_id", "workflow_id", "run", "event_id", "due_at", "attempts", "input_hash", "prompt_version",
            "is_cached", "requests", "tokens_in", "tokens_out", "cost_micros", "reserved_micros", "month",
            "latency_ms", "replay_of",
        },
    ),
    Holding(
        "brouillons_agents", "brouillons_agents", OF_CONTACT,
        {
            "id": "id", "canal": "channel", "objet": "subject", "texte": "text", "execution": "execution_id",
            "etape": "step", "ecrit_le": "created_at",
        },
        frozenset({"contact_id", "run"}),
    ),
    # What came in by SMS or WhatsApp is an event, too, and shown there: the raw request may be for somebody else's
    # number. The row stays, empty, so that a repeat of the request is known.
    Holding(
        "webhooks_recus", "webhooks",
        f"""(t.message_id = ANY(%(messages)s) OR t.message_id IS NULL
             AND {_speaks_of("addresses", "t.body::text")} AND {_speaks_of("senders", "t.body::text")})""",
        {
            "id": "id", "fournisseur": "provider", "type": "kind", "identifiant": "external_id", "contenu": "body",
            "recu_le": "received_at", "message": "message_id", "erreur": "error",
        },
        frozenset({"processed_at", "attempts"}),
        clear="body = '{}', error = '', processed_at = coalesce(t.processed_at, %(now)s)",
        shown="t.message_id IS NOT NULL",
    ),
    Holding(
        "envois_notification", "envois_alertes",
        f"t.notification_id IN (SELECT t.id FROM notifications_systeme AS t WHERE {ALERTS})",  # noqa: S608
        {"id": "id", "moyen": "medium", "texte": "text", "envoye_le": "sent_at"},
        frozenset({
            "notification_id", "user_id", "severity", "mail_id", "begun_at", "provider", "due_at", "attempts", "error",
            "created_at",
        }),
    ),
    Holding(
        "notifications_systeme", "alertes", ALERTS,
        {
            "id": "id", "titre": "title", "texte": "body", "gravite": "severity", "creee_le": "created_at",
            "derniere_fois": "last_at",
        },
        frozenset({"organization_id", "key", "link", "count", "read_at"}),
    ),
    # Only the fingerprint stays, and is kept for RETENTION_OPPOSITIONS_DAYS from here on.
    Holding(
        "adresses_bloquees", "adresses_bloquees", f"{ABOUT_THEM} AND t.digest = ANY(%(digests)s)",
        {"canal": "channel", "adresse": "address", "raison": "reason", "depuis": "created_at"},
        frozenset({"id", "organization_id", "digest"}),
        clear="address = '', created_at = %(now)s",
    ),
    Holding(
        "journal_audit", "journal_audit",
        f"""{ABOUT_THEM} AND (
            t.target_kind = 'contact' AND t.target_id = ANY(%(contacts)s)
            OR t.target_kind = 'executions' AND t.target_id = ANY(%(executions)s)
            OR t.target_kind = 'tache' AND t.target_id = ANY(%(tasks)s)
            OR t.target_kind = 'lead' AND t.target_id = ANY(%(leads)s)
            OR t.target_kind = 'export' AND t.target_id = ANY(%(exports)s)
            OR {_speaks_of("words", "concat_ws(' ', t.target, t.reason, t.details, t.before, t.after)")})""",
        {
            "id": "id", "le": "at", "par": "actor", "action": "action", "type": "target_kind", "numero": "target_id",
            "objet": "target", "raison": "reason", "details": "details", "avant": "before", "apres": "after",
        },
        frozenset({"organization_id"}),
        clear="target = '', reason = '', details = '{}', before = NULL, after = NULL",
    ),
    Holding(
        "django_admin_log", "journal_administration",
        """EXISTS (SELECT FROM django_content_type k
                   JOIN unnest(%(kinds)s::text[], %(objects)s::text[]) AS o (kind, id)
                     ON k.app_label || '.' || k.model = o.kind
                   WHERE k.id = t.content_type_id AND t.object_id = o.id)""",
        {"le": "action_time", "objet": "object_repr", "numero": "object_id", "texte": "change_message"},
        frozenset({"id", "user_id", "content_type_id", "action_flag"}),
        clear="object_repr = '', change_message = ''",
    ),
)  # fmt: skip

IDS = {
    "executions": "SELECT id FROM executions_workflow WHERE contact_id = ANY(%s)",
    "messages": "SELECT id FROM messages WHERE contact_id = ANY(%s)",
    "events": "SELECT id FROM evenements WHERE contact_id = ANY(%s)",
    "tasks": "SELECT id FROM taches WHERE contact_id = ANY(%s)",
    "consents": "SELECT id FROM consentements WHERE contact_id = ANY(%s)",
    "leads": "SELECT id FROM leads WHERE contact_id = ANY(%s)",
    "exports": "SELECT id FROM exports_leads WHERE contact_id = ANY(%s)",
}
PAGES = {
    "contacts": "crm/contact", "events": "crm/event", "tasks": "crm/task", "consents": "crm/consent",
    "messages": "communications/message", "executions": "workflows/execution", "leads": "crm/lead",
    "exports": "crm/export",
}  # fmt: skip


def traces_of(contacts: Sequence[Contact]) -> dict[str, Any]:
    """Return by what rows about these contacts are found: ids, links, words, fingerprints."""
    ids = [contact.pk for contact in contacts]
    found: dict[str, list[Any]] = {"contacts": ids}
    found |= {name: [row.id for row in fetch(query, [ids])] for name, query in IDS.items()}
    addresses = [address for c in contacts for pair in addresses_of(c) for address in pair if address]
    objects = [(page.replace("/", "."), str(pk)) for name, page in PAGES.items() for pk in found[name]]
    return found | {
        "organizations": sorted({c.organization_id for c in contacts}),
        "sites": sorted({c.site_id for c in contacts}),
        "links": [f"/admin/{page}/{pk}/change/" for name, page in PAGES.items() for pk in found[name]],
        "kinds": [kind for kind, _pk in objects],
        "objects": [pk for _kind, pk in objects],
        "digests": [digest(address) for address in addresses],
        "addresses": sorted({word for c in contacts for pair in addresses_of(c) for word in words_of("", *pair)}),
        "words": sorted({word for c in contacts for word in all_words_of(c)}),
        "senders": _senders({c.organization_id for c in contacts}),
    }


def words_of(name: str, email: str | None, phone: str | None) -> set[str]:
    """Return how texts may speak of a person, in lower case.

    A single name says too little: it would be found where others are meant.
    """
    words = {email.lower()} if email else set()
    if phone and (digits := PHONE_PARTS.fullmatch(phone)):
        words.add(digits[1])
        if digits[1].startswith("33"):
            pairs = re.findall("..", "0" + digits[1][2:])
            words |= {"".join(pairs), " ".join(pairs), ".".join(pairs), "-".join(pairs)}
            words.add(f"33 {pairs[0][1]} " + " ".join(pairs[1:]))
    whole = " ".join(name.lower().split())
    if " " in whole and len(whole) > 4:
        words.add(whole)
    return words


def all_words_of(contact: Contact) -> set[str]:
    """Return how texts may speak of a contact, by any of its names and addresses."""
    words = {word for name in names_of(contact) for word in words_of(name, None, None)}
    return words | {word for pair in addresses_of(contact) for word in words_of("", *pair)}


def _senders(organization_ids: Iterable[int]) -> list[str]:
    """Return from what these organizations write, and at what they are written to, in lower case."""
    sites = Site.objects.filter(organization_id__in=list(organization_ids))
    found = {text for row in sites.values_list("sms_sender", "whatsapp_sender", "email_from") for text in row}
    found |= {settings.TWILIO_PHONE_NUMBER, settings.TWILIO_WHATSAPP_NUMBER, settings.FROM_EMAIL}
    return sorted({text.replace(" ", "").lower() for text in found if text})

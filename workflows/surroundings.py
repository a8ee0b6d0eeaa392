"""Surroundings: what a house in use has beside made-up executions: leads, tasks, alerts, runs of agents, exports …

Each is one statement over rows that `generate` made: the same rows lead to the same. Nobody in it can be reached.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Site
from berinia.rows import run

ALERTS = 500  # of each organization, one in ten unread
# In order: later statements read what earlier ones wrote. `sites` and `organizations` are ids.
STATEMENTS: Mapping[str, str] = {
    "leads": """
        INSERT INTO leads (organization_id, site_id, contact_id, quality, score, status, stage, stage_at, company,
            company_key, company_size, job_title, sector, region, pain_points, interests, insights, reasoning, source,
            decided_by, delay_reason, amount_cents, classified_at, created_at, updated_at)
        SELECT c.organization_id, c.site_id, c.id, (ARRAY['CHAUD', 'TIÈDE', 'FROID', 'FROID'])[1 + c.id %% 4],
            c.id %% 101, (ARRAY['a_suivre', 'a_exporter', 'exporte', 'a_suivre', 'ecarte'])[1 + c.id %% 5],
            (ARRAY['lead', 'lead', 'lead', 'qualified', 'demo', 'proposal', 'won', 'lost'])[1 + c.id %% 8],
            c.created_at, 'Entreprise ' || c.id, 'entreprise ' || c.id, 'micro', 'gérant', 'artisan',
            'Île-de-France', '{}', '{}', '{}', 'Demande un devis.', 'formulaire', 'rules', '',
            CASE WHEN c.id %% 2 = 0 THEN 10000 * (1 + c.id %% 90) END, c.created_at, c.created_at, c.created_at
        FROM contacts c WHERE c.site_id = ANY(%(sites)s) AND c.id %% 2 = 0 ON CONFLICT (contact_id) DO NOTHING
    """,
    "doublons": """
        INSERT INTO doublons (organization_id, site_id, first_id, second_id, reason, similarity, state, created_at,
            settled_by)
        SELECT c.organization_id, c.site_id, c.id, c.next, 'company', 80 + c.id %% 20,
            CASE WHEN c.id %% 3 = 0 THEN 'distinct' ELSE 'ouvert' END, %(now)s, ''
        FROM (SELECT *, lead(id) OVER (PARTITION BY site_id ORDER BY id) AS next FROM contacts) c
        WHERE c.site_id = ANY(%(sites)s) AND c.id %% 200 = 0 AND c.next IS NOT NULL
        ON CONFLICT (first_id, second_id) DO NOTHING
    """,
    "taches": """
        INSERT INTO taches (organization_id, site_id, contact_id, execution_id, step, title, due_at, created_at,
            done_at, done_by)
        SELECT e.organization_id, e.site_id, e.contact_id, e.id, e.at, 'Rappeler au sujet du dossier ' || e.id,
            %(now)s + (e.id %% 30 - 15) * interval '1 day', e.started_at,
            CASE WHEN e.id %% 3 > 0 THEN e.started_at + interval '1 day' END, ''
        FROM executions_workflow e WHERE e.site_id = ANY(%(sites)s) AND e.id %% 20 = 0
    """,
    "notes": """
        INSERT INTO notes (organization_id, site_id, contact_id, text, author, created_at)
        SELECT c.organization_id, c.site_id, c.id, 'Préfère être rappelé le matin.', 'charge', c.created_at
        FROM contacts c WHERE c.site_id = ANY(%(sites)s) AND c.id %% 25 = 0
    """,
    "consentements": """
        INSERT INTO consentements (organization_id, contact_id, purpose, channel, state, basis, at, text,
            text_version, source, url, user_agent, recorded_by)
        SELECT c.organization_id, c.id, 'marketing', 'email', 'granted', 'consent', c.created_at,
            'J''accepte d''être recontacté.', '1', 'api', '', '', ''
        FROM contacts c WHERE c.site_id = ANY(%(sites)s) AND c.id %% 3 = 0
    """,
    "adresses_bloquees": """
        INSERT INTO adresses_bloquees (organization_id, channel, address, digest, reason, created_at)
        SELECT c.organization_id, 'sms', c.phone, encode(sha256(c.phone::bytea), 'hex'),
            (ARRAY['opt_out', 'unreachable', 'complaint'])[1 + c.id %% 3], c.created_at
        FROM contacts c WHERE c.site_id = ANY(%(sites)s) AND c.id %% 50 = 0 AND c.phone IS NOT NULL
        ON CONFLICT DO NOTHING
    """,
    "notifications_systeme": """
        INSERT INTO notifications_systeme (organization_id, severity, key, title, body, link, count, created_at,
            last_at, read_at)
        SELECT o.id, (ARRAY['info', 'warning', 'error'])[1 + n %% 3], 'charge/' || n, 'Une alerte inventée', '', '',
            1, %(now)s - n * interval '1 hour', %(now)s - n * interval '1 hour',
            CASE WHEN n %% 10 > 0 THEN %(now)s END
        FROM organisations o, generate_series(1, %(alerts)s) n WHERE o.id = ANY(%(organizations)s)
        ON CONFLICT DO NOTHING
    """,
    "executions_agents": """
        INSERT INTO executions_agents (organization_id, site_id, contact_id, agent, status, step, request, input,
            input_hash, prompt_version, model, decided_by, output, error, requests, tokens_in, tokens_out,
            cost_micros, latency_ms, month, created_at, finished_at)
        SELECT e.organization_id, e.site_id, e.contact_id,
            (ARRAY['lead_classifier', 'reply_intent', 'message_writer', 'reply_summary'])[1 + e.id %% 4],
            CASE WHEN e.id %% 50 = 0 THEN 'echouee' ELSE 'terminee' END, '', '{}', '{}', md5(e.id::text), '1',
            'mistral:mistral-small-latest', CASE WHEN e.id %% 3 = 0 THEN 'rules' ELSE 'model' END, '{}', '', 1, 800,
            120, 400 + e.id %% 200, 300 + e.id %% 900, date_trunc('month', e.started_at)::date, e.started_at,
            e.started_at + interval '1 second'
        FROM executions_workflow e WHERE e.site_id = ANY(%(sites)s) AND e.id %% 10 = 0
    """,
    "budgets_agents": """
        INSERT INTO budgets_agents (organization_id, month, reserved_micros, spent_micros, calls)
        SELECT organization_id, month, 0, sum(cost_micros), count(*) FROM executions_agents
        WHERE organization_id = ANY(%(organizations)s) AND month IS NOT NULL GROUP BY 1, 2
        ON CONFLICT DO NOTHING
    """,
    "connexions_crm": """
        INSERT INTO connexions_crm (organization_id, connector, is_active, address, secret, options, daily_limit,
            capacity, score_floor, needs_approval, opens_at, closes_at, days, timezone, error)
        SELECT id, 'integre', true, '', '', '{}', 50, 100, 30, true, '09:00', '18:00', '{1,2,3,4,5}',
            'Europe/Paris', '' FROM organisations WHERE id = ANY(%(organizations)s) ON CONFLICT DO NOTHING
    """,
    "exports_leads": """
        INSERT INTO exports_leads (organization_id, connection_id, lead_id, contact_id, day, quality, score, reason,
            status, external_id, error, decided_by, created_at, exported_at, found)
        SELECT l.organization_id, k.id, l.id, l.contact_id, l.created_at::date, l.quality, l.score, 'Demande un devis.',
            (ARRAY['exporte', 'exporte', 'exporte', 'a_approuver', 'echoue'])[1 + l.id %% 5], '', '', '',
            l.created_at, l.created_at, ''
        FROM leads l JOIN connexions_crm k ON k.organization_id = l.organization_id AND k.is_active
        WHERE l.site_id = ANY(%(sites)s) AND l.id %% 5 = 0 ON CONFLICT DO NOTHING
    """,
    "webhooks_recus": """
        INSERT INTO webhooks_recus (provider, kind, external_id, message_id, body, received_at, processed_at)
        SELECT 'twilio', 'status', 'charge-' || m.id, m.id, '{"MessageStatus": "delivered"}', m.created_at,
            m.created_at FROM messages m WHERE m.site_id = ANY(%(sites)s) AND m.id %% 10 = 0 ON CONFLICT DO NOTHING
    """,
    "appels_http": """
        INSERT INTO appels_http (organization_id, site_id, contact_id, workflow_id, execution_id, step, url, data,
            status, attempts, http_status, error, created_at, settled_at)
        SELECT e.organization_id, e.site_id, e.contact_id, e.workflow_id, e.id, 'appel', 'https://exemple.invalid/',
            '{}', 'done', 1, 200, '', e.started_at, e.started_at
        FROM executions_workflow e WHERE e.site_id = ANY(%(sites)s) AND e.id %% 50 = 0 ON CONFLICT DO NOTHING
    """,
    "messages": """
        INSERT INTO messages (organization_id, site_id, contact_id, workflow_id, step, template, channel, category,
            status, reason, detail, due_at, useful_until, provider, provider_id, "to", created_at)
        SELECT c.organization_id, c.site_id, c.id, NULL, '', 'plombier/urgence_accuse', 'sms', 'marketing', 'queued',
            'hors_horaires', '', %(now)s + (1 + c.id %% 20) * interval '1 day', %(now)s + interval '60 days', '', '',
            '', %(now)s
        FROM contacts c WHERE c.site_id = ANY(%(sites)s) AND c.id %% 100 = 0
    """,
    "segments": """
        INSERT INTO segments (organization_id, site_id, slug, name, condition, refreshed_at)
        SELECT organization_id, id, 'actifs', 'Actifs', 'contact.nom != ""', %(now)s FROM sites
        WHERE id = ANY(%(sites)s) ON CONFLICT DO NOTHING
    """,
    "membres_segment": """
        INSERT INTO membres_segment (segment_id, contact_id, entered_at)
        SELECT s.id, c.id, c.created_at FROM segments s JOIN contacts c ON c.site_id = s.site_id
        WHERE s.site_id = ANY(%(sites)s) AND c.id %% 5 = 0 ON CONFLICT DO NOTHING
    """,
    "inscriptions": """
        INSERT INTO inscriptions (organization_id, site_id, workflow_id, condition, event, data, per_minute, status,
            last_contact_id, entered, key, created_by, created_at, ended_at)
        SELECT w.organization_id, w.site_id, w.id, 'true', 'inscription', '{}', 600, 'terminee', 0, 1000,
            'charge/' || w.id || '/' || n, 'charge', %(now)s - n * interval '1 day', %(now)s
        FROM workflows_automatises w, generate_series(1, 20) n WHERE w.site_id = ANY(%(sites)s)
        ON CONFLICT DO NOTHING
    """,
    "imports": """
        INSERT INTO imports (organization_id, site_id, file_name, digest, columns, mapping, updates, overwrites,
            announces, status, created, updated, skipped, failed, author, created_at, done_at)
        SELECT s.organization_id, s.id, 'contacts-' || n || '.csv', md5(s.id || '/' || n), '[]', '{}', false, false,
            false, 'importe', 500, 0, 0, 0, 'charge', %(now)s - n * interval '1 day', %(now)s
        FROM sites s, generate_series(1, 20) n WHERE s.id = ANY(%(sites)s)
            AND EXISTS (SELECT 1 FROM contacts c WHERE c.site_id = s.id)
    """,
    "lignes_import": """
        INSERT INTO lignes_import (imported_id, line, result, contact_id, errors, kept)
        SELECT i.id, n, 'cree', NULL, '[]', '' FROM imports i, generate_series(1, 500) n
        WHERE i.site_id = ANY(%(sites)s) ON CONFLICT DO NOTHING
    """,
    "freins": """
        INSERT INTO freins (organization_id, workflow_id, channel, reason, since)
        SELECT organization_id, id, 'whatsapp', '30 %% d''échecs', %(now)s FROM workflows_automatises
        WHERE site_id = ANY(%(sites)s) ON CONFLICT DO NOTHING
    """,
    "journal_audit": """
        INSERT INTO journal_audit (at, organization_id, actor, action, target_kind, target_id, target, reason, details)
        SELECT e.started_at, e.organization_id, 'charge', (ARRAY['pause', 'reprise', 'arret'])[1 + e.id %% 3],
            'execution', e.id, 'exécution ' || e.id, '', '{}'
        FROM executions_workflow e WHERE e.site_id = ANY(%(sites)s) AND e.id %% 20 = 0
    """,
}


def surround(sites: Sequence[Site], now: datetime) -> dict[str, int]:
    """Make what stands around the executions of these sites; return how many rows of which table."""
    given: dict[str, Any] = {
        "sites": [site.pk for site in sites],
        "organizations": sorted({site.organization_id for site in sites}),
        "now": now,
        "alerts": ALERTS,
    }
    made = {}
    for table, statement in STATEMENTS.items():
        with transaction.atomic():
            run("SET LOCAL statement_timeout = 0")
            made[table] = run(statement, given)
    return made

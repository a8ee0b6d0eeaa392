"""What becomes of each table when two contacts are merged: whatever is about one becomes the other's.

Every table with a `contact_id` is in MOVES: a house test fails when one is not (tests/house/test_merge.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from berinia.rows import run
from crm.merge_leads import merge_leads
from crm.models import Contact

# Undoing the import must neither delete who is two now, nor bring back what they were.
IMPORT_ROWS = """
UPDATE lignes_import SET contact_id = %(kept)s, result = 'laisse', kept = %(why)s
WHERE contact_id = ANY(%(contacts)s)
"""
MEMBERS = """
UPDATE membres_segment AS m SET contact_id = %(kept)s WHERE m.contact_id = %(gone)s AND NOT EXISTS (
    SELECT FROM membres_segment k WHERE k.segment_id = m.segment_id AND k.contact_id = %(kept)s)
"""
NO_MEMBERS = "DELETE FROM membres_segment WHERE contact_id = %(gone)s"
LISTS = """
UPDATE inscriptions AS t SET contact_ids = (
    SELECT jsonb_agg(DISTINCT CASE WHEN c.id = to_jsonb(%(gone)s::bigint) THEN to_jsonb(%(kept)s::bigint) ELSE c.id END)
    FROM jsonb_array_elements(t.contact_ids) AS c (id))
WHERE t.site_id = %(site)s AND t.contact_ids @> to_jsonb(%(gone)s::bigint)
"""
# Of somebody else it was known that they are another person: that holds for both.
DISTINCT = """
UPDATE doublons AS k SET state = 'distinct', settled_at = g.settled_at, settled_by = g.settled_by
FROM doublons g WHERE g.state = 'distinct' AND k.state <> 'distinct' AND %(gone)s IN (g.first_id, g.second_id)
  AND %(kept)s IN (k.first_id, k.second_id)
  AND g.first_id + g.second_id - %(gone)s = k.first_id + k.second_id - %(kept)s
"""
NO_PAIRS = """
DELETE FROM doublons AS g WHERE %(gone)s IN (g.first_id, g.second_id) AND (
    g.first_id = g.second_id OR %(kept)s IN (g.first_id, g.second_id) OR EXISTS (
        SELECT FROM doublons k WHERE %(kept)s IN (k.first_id, k.second_id) AND k.id <> g.id
        AND g.first_id + g.second_id - %(gone)s = k.first_id + k.second_id - %(kept)s))
"""
PAIRS = """
UPDATE doublons AS g SET first_id = least(g.first_id + g.second_id - %(gone)s, %(kept)s),
    second_id = greatest(g.first_id + g.second_id - %(gone)s, %(kept)s)
WHERE %(gone)s IN (g.first_id, g.second_id)
"""
# What was written about the one is about the other: export and erasure find it by number and page.
SAID = (
    """
    UPDATE journal_audit
    SET target_id = %(kept)s, details = details || jsonb_build_object('alors', %(gone)s::bigint)
    WHERE organization_id = %(organization)s AND target_kind = %(kind)s AND target_id = %(gone)s
    """,
    """
    UPDATE django_admin_log AS l SET object_id = %(kept)s::bigint::text FROM django_content_type k
    WHERE k.id = l.content_type_id AND k.app_label = 'crm' AND k.model = %(model)s
      AND l.object_id = %(gone)s::bigint::text
    """,
    """
    UPDATE notifications_systeme SET link = '/admin/crm/' || %(model)s || '/' || %(kept)s || '/change/'
    WHERE organization_id = %(organization)s AND link = '/admin/crm/' || %(model)s || '/' || %(gone)s || '/change/'
    """,
)


@dataclass(frozen=True, slots=True)
class Both:
    """Who stays, who goes, and when."""

    kept: Contact
    gone: Contact
    now: datetime

    @property
    def ids(self) -> list[int]:
        """The ids of both."""
        return sorted((self.kept.pk, self.gone.pk))

    @property
    def params(self) -> dict[str, Any]:
        """What the statements above are given."""
        return {
            "kept": self.kept.pk, "gone": self.gone.pk, "contacts": self.ids, "site": self.kept.site_id,
            "why": str(_("Ce contact a été fusionné avec un autre depuis.")),
            "opted_out": (self.kept.opted_out_at is None) != (self.gone.opted_out_at is None),
        }  # fmt: skip


Move = Callable[[Both], int]


def _moved(table: str) -> Move:
    statement = f"UPDATE {table} SET contact_id = %(kept)s WHERE contact_id = %(gone)s"  # noqa: S608
    return lambda both: run(statement, both.params)


def _done(*statements: str) -> Move:
    return lambda both: sum([run(statement, both.params) for statement in statements])


def say_of(kind: str, model: str, both: Both, kept_id: int, gone_id: int) -> None:
    """Let what was written about one row, and leads to it, be about the other."""
    given = {
        "kind": kind, "model": model, "kept": kept_id, "gone": gone_id, "organization": both.kept.organization_id,
    }  # fmt: skip
    for statement in SAID:
        run(statement, given)


def _leads(both: Both) -> int:
    ids = merge_leads(both.kept.pk, both.gone.pk, both.now)
    if ids:
        say_of("lead", "lead", both, *ids)
    return 1 if ids else 0


# By table, in their order: exports go with their leads first.
MOVES: Mapping[str, Move] = {
    "leads": _leads,
    "exports_leads": _moved("exports_leads"),
    "evenements": _moved("evenements"),
    "consentements": _moved("consentements"),
    "messages": _moved("messages"),
    "executions_workflow": _moved("executions_workflow"),
    "taches": _moved("taches"),
    "notes": _moved("notes"),
    "appels_http": _moved("appels_http"),
    "executions_agents": _moved("executions_agents"),
    "brouillons_agents": _moved("brouillons_agents"),
    "lignes_import": _done(IMPORT_ROWS),
    "membres_segment": _done(MEMBERS, NO_MEMBERS),
    "inscriptions": _done(LISTS),
    "doublons": _done(DISTINCT, NO_PAIRS, PAIRS),
}

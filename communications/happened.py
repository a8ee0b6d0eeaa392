"""Happened: what messages met with, told as events of their contacts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from berinia.rows import run
from berinia.wake import wake

INSERT = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, idempotency_key, occurred_at, error)
SELECT o, s, c, n, d::jsonb, k, t, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS e (o, s, c, n, d, k, t)
ON CONFLICT (site_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a contact. The same key again is the same event."""

    organization_id: int
    site_id: int
    contact_id: int
    name: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


def tell(happenings: Sequence[Happening]) -> None:
    """Write events, all in one statement; call it in the transaction of what they tell."""
    if not happenings:
        return
    columns: list[list[Any]] = [
        [h.organization_id for h in happenings],
        [h.site_id for h in happenings],
        [h.contact_id for h in happenings],
        [h.name for h in happenings],
        [json.dumps(h.data, ensure_ascii=False) for h in happenings],
        [h.key for h in happenings],
        [h.at for h in happenings],
    ]
    run(INSERT, columns)
    wake("engine")

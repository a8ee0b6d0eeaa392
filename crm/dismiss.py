"""Dismiss: a person says that two contacts are two people. The pair is not asked about again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from crm.models import Duplicate
from crm.models.lead import DuplicateState


@transaction.atomic
def dismiss(pair_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Settle pairs as two people each; return how many were open."""
    pairs = list(
        Duplicate.objects.filter(pk__in=pair_ids, state=DuplicateState.OPEN).order_by("pk").select_for_update()
    )
    Duplicate.objects.filter(pk__in=[pair.pk for pair in pairs]).update(
        state=DuplicateState.DISMISSED, settled_at=now, settled_by=actor[:150]
    )
    for pair in pairs:
        record(
            actor, "doublon.distinguer", "doublon", pair.pk, now=now, organization_id=pair.organization_id,
            details={"contacts": [pair.first_id, pair.second_id]},
        )  # fmt: skip
    return len(pairs)

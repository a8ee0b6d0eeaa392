"""Record who did what, in the transaction of the act itself: no act without its entry, no entry without its act."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from accounts.models import AuditEntry, Membership

SYSTEM = "système"

_watched: ContextVar[list[AuditEntry] | None] = ContextVar("watched", default=None)


def record(
    actor: str,
    action: str,
    target_kind: str,
    target_id: int | None,
    *,
    now: datetime,
    organization_id: int | None,
    target: str = "",
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the audit log.

    `actor` is a user's name, a key's prefix or SYSTEM; `organization_id` None is for the whole platform; `before`
    and `after` are the fields that changed. All of it is JSON and holds no personal data.
    """
    entry = AuditEntry.objects.create(
        at=now, organization_id=organization_id, actor=actor[:150], action=action[:60], target_kind=target_kind[:40],
        target_id=target_id, target=target[:200], reason=reason[:300], details=dict(details or {}),
        before=before, after=after,
    )  # fmt: skip
    if (watched := _watched.get()) is not None:
        watched.append(entry)


def organization_of(user: Any) -> int | None:
    """Return whose log an entry about a person goes to: their organization's, or, with several or none, the house's."""
    found = list(Membership.objects.filter(user_id=user.pk).values_list("organization_id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


@contextmanager
def watched() -> Iterator[list[AuditEntry]]:
    """Collect the entries that are made meanwhile: whoever watches need not make another one."""
    found: list[AuditEntry] = []
    token = _watched.set(found)
    try:
        yield found
    finally:
        _watched.reset(token)


def last_watched() -> AuditEntry | None:
    """Return the last entry that was made since somebody watches."""
    found = _watched.get()
    return found[-1] if found else None

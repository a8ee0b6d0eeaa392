"""Duplicates are merged here: only the engine knows all tables about a contact."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import WORKERS
from berinia.admin.acts import Act, ActError
from crm.admin import DuplicateAdmin
from crm.models import Duplicate
from crm.models.lead import DuplicateState
from workflows.erase import counted
from workflows.merge import MergeError, merge

TOLD = 3  # pairs of which it is counted what moves: a look at every table about a person
OPEN = frozenset({DuplicateState.OPEN.value})


def _merge(is_older_kept: bool) -> Callable[..., int]:
    def run(ids: Sequence[int], now: datetime, person: Any) -> int:
        """Merge pair by pair, each in its transaction: what was merged before a refusal stays merged."""
        done = 0
        for pk in sorted(ids):
            # An earlier one of these may have settled it, or made it one about somebody else.
            pair = Duplicate.objects.filter(pk=pk, state__in=OPEN).first()
            if pair is None:
                continue
            kept, gone = _who(pair, is_older_kept)
            try:
                merge(kept.pk, gone.pk, str(person), now)
            except MergeError as error:
                before = str(_(" %(n)d paire(s) ont été fusionnées avant.")) % {"n": done} if done else ""
                raise ActError(f"{pair.first} / {pair.second} : {error}{before}") from None
            done += 1
        return done

    return run


def _who(pair: Duplicate, is_older_kept: bool) -> tuple[Any, Any]:
    """Return who stays, and who goes."""
    return (pair.first, pair.second) if is_older_kept else (pair.second, pair.first)


def _notes(is_older_kept: bool) -> Callable[[QuerySet[Duplicate], Sequence[int]], list[str]]:
    def notes(rows: QuerySet[Duplicate], _ids: Sequence[int]) -> list[str]:
        """Say what moves to whom."""
        told = []
        for pair in rows.select_related("first", "second")[:TOLD]:
            kept, gone = _who(pair, is_older_kept)
            found = counted([gone], timezone.now(), is_quick=True)
            listed = ", ".join(f"{title.replace('_', ' ')} : {n}" for title, n in found.items() if title != "contact")
            text = _("« %(gone)s » (#%(number)d) rejoint « %(kept)s » (#%(into)d), avec %(rows)s.")
            told.append(str(text) % {
                "gone": gone, "number": gone.pk, "kept": kept, "into": kept.pk, "rows": listed or _("rien d'autre"),
            })  # fmt: skip
        told.append(str(_("Deux workflows identiques en cours : celui du contact qui disparaît est arrêté.")))
        return told

    return notes


def _act(name: str, label: Any, is_older_kept: bool) -> Act:
    return Act(
        name, label, _("les deux contacts n'en font plus qu'un, avec tout leur historique. Cela ne se défait pas."),
        _merge(is_older_kept), icon="merge", is_dangerous=True, is_atomic=False, is_logged=False, by=WORKERS,
        field="state", values=OPEN, notes=_notes(is_older_kept),
    )  # fmt: skip


admin.site.unregister(Duplicate)


@admin.register(Duplicate)
class MergingAdmin(DuplicateAdmin):
    """The suspicions, and what settles them."""

    acts: ClassVar[Sequence[Act]] = (
        _act("fusionner_ancien", _("Fusionner dans le plus ancien"), True),
        _act("fusionner_recent", _("Fusionner dans le plus récent"), False),
        *DuplicateAdmin.acts,
    )

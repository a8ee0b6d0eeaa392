"""The draft of a workflow: saved as it is written, checked, thrown away or published as the next version.

New executions run what was published; running ones stay on theirs (`workflows.migrate` moves them). Who publishes
names the revision that they saw: what somebody else has changed meanwhile is not published unseen.
"""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Site
from communications.models import Template
from communications.rendering import SITE_FIELDS
from crm.models import Segment
from workflows.definition import DefinitionError, dump
from workflows.deploy import publish as publish_document
from workflows.exchange import LARGEST, ExchangeError, Written, from_yaml, to_yaml
from workflows.judge import Known, judge
from workflows.models import DefinitionVersion, Trigger, Workflow, WorkflowStatus
from workflows.programs import definition_of
from workflows.standing import standing_of
from workflows.verdict import Remark, Verdict


class DraftError(Exception):
    """It cannot be done; the text says why, in French."""


class DraftConflictError(DraftError):
    """The draft or the published version is not any more what the caller saw."""


class NotPublishableError(DraftError):
    """The draft has errors: see `verdict`."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("\n".join(map(str, verdict.errors)))
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Published:
    """A new version, and what ought to be known of it."""

    version: DefinitionVersion
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Imported:
    """A workflow whose draft, or new version when it was published, is what a text says."""

    workflow: Workflow
    is_new: bool
    verdict: Verdict
    version: DefinitionVersion | None = None


def revision(workflow: Workflow) -> str:
    """Return what stands for the draft and the published version together: it changes with each of them."""
    return hashlib.sha256(f"{workflow.version_id}\n{workflow.draft}".encode()).hexdigest()[:16]


def as_yaml(workflow: Workflow) -> str:
    """Return the draft, or the published definition where there is none."""
    return workflow.draft or (to_yaml(workflow.version.document) if workflow.version else "")


# --- checking --------------------------------------------------------------------------------------------


def validate(workflow: Workflow, text: str) -> Verdict:
    """Say what forbids to publish a text as this workflow's next version, and what one ought to know."""
    try:
        return _check(workflow, from_yaml(text))
    except ExchangeError as error:
        return Verdict(error.errors)


def _check(workflow: Workflow, written: Written) -> Verdict:
    found = judge(written.definition, known_of(workflow))
    errors, warnings = (
        tuple(replace(remark, line=written.line(remark.path)) for remark in part)
        for part in (found.errors, found.warnings)
    )
    return Verdict((*_head_errors(workflow, written), *errors), warnings)


def _head_errors(workflow: Workflow, written: Written) -> list[Remark]:
    """Return what of the head is another workflow's: the slug is its address, the sector that of its messages."""
    own = {"slug": workflow.slug, "sector": workflow.sector}
    return [
        Remark(field, _("ce workflow a « %(own)s » et ne change pas ainsi") % {"own": value})
        for field, value in own.items()
        if written.head.get(field, value) != value
    ]


def known_of(workflow: Workflow) -> Known:
    """Read what is known of a workflow and its site."""
    site: Site = workflow.site
    others = list(Workflow.objects.filter(site=site).exclude(pk=workflow.pk))
    rivals: defaultdict[str, list[str]] = defaultdict(list)
    triggers = Trigger.objects.filter(site=site, workflow__status=WorkflowStatus.ACTIVE).exclude(workflow=workflow)
    for event, name in triggers.exclude(event="").order_by("pk").values_list("event", "workflow__name"):
        rivals[event].append(name)
    standing: Counter[str] = Counter()
    for spot in standing_of(workflow):
        standing[spot.at] += spot.n if spot.is_active else 0
    return Known(
        slug=workflow.slug,
        sector=workflow.sector,
        templates=frozenset(
            Template.objects.filter(organization_id=workflow.organization_id).values_list("name", "channel")
        ),
        workflows={other.slug: other.get_status_display() for other in others},
        starts={other.slug: _starts(other) for other in others},
        segments=frozenset(Segment.objects.filter(site=site).values_list("slug", flat=True)),
        site_fields=SITE_FIELDS | frozenset(site.details),
        rivals=rivals,
        sms_sender=site.sms_sender or settings.TWILIO_PHONE_NUMBER,
        standing=+standing,
    )


def _starts(workflow: Workflow) -> list[str]:
    if workflow.version_id is None:
        return []
    try:
        steps = definition_of(workflow.version_id).all_steps()
        return [need.name for step in steps for need in step.needs(workflow.sector) if need.kind == "workflow"]
    except DefinitionError:  # of an older release, and not one any more: it starts nothing
        return []


# --- acts ------------------------------------------------------------------------------------------------


@transaction.atomic
def save(workflow: Workflow, text: str, *, by: str, now: datetime, seen: str | None = None) -> Verdict:
    """Save a draft, right or wrong, and say what is wrong with it.

    `seen` is the revision that the writer saw; None overwrites whatever there is. Raises DraftConflictError, and
    DraftError when the text is empty, too large, or holds what cannot be stored.
    """
    _storable(text)
    _lock(workflow, seen)
    if text != workflow.draft:
        _write(workflow, text, by, now)
        _record(workflow, "workflow.brouillon", by, now)
    return validate(workflow, text)


@transaction.atomic
def discard(workflow: Workflow, *, by: str, now: datetime, seen: str | None = None) -> bool:
    """Throw the draft away; tell whether there was one. Raises DraftConflictError."""
    _lock(workflow, seen)
    if not workflow.draft:
        return False
    _write(workflow, "", by, now)
    _record(workflow, "workflow.brouillon_abandonne", by, now)
    return True


@transaction.atomic
def publish(workflow: Workflow, *, by: str, now: datetime, seen: str) -> Published:
    """Make the draft the version that new executions run.

    `seen` is the revision that the publisher saw. Raises DraftConflictError when it is not that any more,
    NotPublishableError when it has errors, DraftError when there is none or it changes nothing.
    """
    # Two workflows of a site that are published at once must not begin to start each other.
    Site.objects.select_for_update(no_key=True).get(pk=workflow.site_id)
    _lock(workflow, seen)
    if not workflow.draft:
        raise DraftError(_("Ce workflow n'a pas de brouillon."))
    try:
        written = from_yaml(workflow.draft)
    except ExchangeError as error:
        raise NotPublishableError(Verdict(error.errors)) from None
    verdict = _check(workflow, written)
    if not verdict.is_good:
        raise NotPublishableError(verdict)
    document = dump(written.definition)
    head = {name: written.head[name] for name in ("name", "description") if name in written.head}
    if workflow.version and workflow.version.document == document and all(
        getattr(workflow, name) == value for name, value in head.items()
    ):  # fmt: skip
        raise DraftError(_("Ce brouillon ne change rien à la version publiée."))
    version = publish_document(workflow, document, by)
    Workflow.objects.filter(pk=workflow.pk).update(**head)
    for name, value in head.items():
        setattr(workflow, name, value)
    _write(workflow, "", "", None)
    _record(workflow, "workflow.publication", by, now, version=version.number)
    return Published(version, verdict)


@transaction.atomic
def take_in(
    site: Site, text: str, *, by: str, now: datetime, may_replace: bool = False, is_published: bool = False
) -> Imported:
    """Make a text, which names its slug, the draft of that workflow of the site; there may be none yet.

    Raises ExchangeError when it is not a workflow, DraftConflictError when there is another draft and it may not be
    replaced; when it is to be published, also what `publish` raises.
    """
    _storable(text)
    written = from_yaml(text)
    slug = written.head.get("slug", "")
    if not slug:
        raise ExchangeError(
            [Remark("slug", _("il faut ici l'identifiant du workflow, et ce qu'il fait sous definition"))]
        )
    workflow, is_new = Workflow.objects.get_or_create(
        site=site,
        slug=slug,
        defaults={
            "organization_id": site.organization_id, "name": written.head.get("name", slug),
            "description": written.head.get("description", ""), "sector": written.head.get("sector", site.sector),
        },
    )  # fmt: skip
    _lock(workflow, None)
    if workflow.draft and workflow.draft != text and not may_replace:
        raise DraftConflictError(
            _("« %(name)s » a déjà un brouillon, de %(by)s : publiez-le, ou demandez de le remplacer.")
            % {"name": workflow.name, "by": workflow.draft_by}
        )
    _write(workflow, text, by, now)
    _record(workflow, "workflow.import", by, now, is_new=is_new)
    if not is_published:
        return Imported(workflow, is_new, _check(workflow, written))
    published = publish(workflow, by=by, now=now, seen=revision(workflow))
    return Imported(workflow, is_new, published.verdict, published.version)


def _storable(text: str) -> None:
    if not text.strip():
        raise DraftError(_("Le brouillon est vide."))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        size = 0
    if "\x00" in text or not size:
        raise DraftError(_("Le texte contient un caractère qui ne peut pas être enregistré."))
    if size > LARGEST:
        raise DraftError(_("Le texte dépasse %(n)d Kio.") % {"n": LARGEST // 1024})


def _lock(workflow: Workflow, seen: str | None) -> None:
    """Lock the workflow and read it anew. Raises DraftConflictError when it is not what was seen."""
    workflow.refresh_from_db(from_queryset=Workflow.objects.select_for_update(of=("self",)).select_related("version"))
    if seen is not None and seen != revision(workflow):
        raise DraftConflictError(
            _("Ce workflow a changé entre-temps (brouillon de %(by)s) : relisez-le avant de recommencer.")
            % {"by": workflow.draft_by}
            if workflow.draft
            else _("Ce workflow a changé entre-temps : relisez-le avant de recommencer.")
        )


def _write(workflow: Workflow, text: str, by: str, now: datetime | None) -> None:
    workflow.draft, workflow.draft_by, workflow.draft_at = text, by[:150] if text else "", now if text else None
    workflow.save(update_fields=["draft", "draft_by", "draft_at"])


def _record(workflow: Workflow, action: str, by: str, now: datetime, **details: int) -> None:
    record(
        by, action, "workflow", workflow.pk, now=now, organization_id=workflow.organization_id,
        target=workflow.name, details=details,
    )  # fmt: skip

"""Deploy: a sector of the library onto a site, in one call that may be repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import SYSTEM, record
from accounts.models import Site
from communications.providers.choice import SANDBOX, provider_for
from communications.rendering import library_sources, required_site_fields
from communications.templates import install
from workflows.definition import Definition, dump, parse
from workflows.models import DefinitionVersion, Trigger, Workflow, WorkflowStatus
from workflows.slots import next_slot
from workflows.triggers import TriggerRow

LIBRARY = Path(__file__).parent / "library"


class UnknownSectorError(Exception):
    """The library has no such sector."""


@dataclass(frozen=True, slots=True)
class SectorWorkflow:
    """One workflow of the library."""

    slug: str
    name: str
    description: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector of the library. `targets`: conversion and satisfaction (0 to 1), delay (as written)."""

    slug: str
    name: str
    targets: Mapping[str, Any]
    workflows: tuple[SectorWorkflow, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the site lacks. The sector is deployed all the same; its messages are poorer."""

    code: str
    message: str


@dataclass(slots=True)
class Deployment:
    """What a deployment did."""

    workflows: list[Workflow] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: list[Missing] = field(default_factory=list)


@cache
def sectors() -> Mapping[str, Sector]:
    """Return the library. Raises DefinitionError when one of its files is not valid."""
    return {path.stem: _read(path) for path in sorted(LIBRARY.glob("*.yaml"))}


def _read(path: Path) -> Sector:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflows = tuple(
        SectorWorkflow(w["slug"], w["name"], w.get("description", ""), parse(w["definition"]))
        for w in document["workflows"]
    )
    return Sector(document["sector"], document["name"], document["targets"], workflows)


def sector_of(slug: str) -> Sector:
    """Return a sector. Raises UnknownSectorError."""
    try:
        return sectors()[slug]
    except KeyError:
        raise UnknownSectorError(slug) from None


@transaction.atomic
def deploy(site: Site, slug: str, *, now: datetime, by: str = "") -> Deployment:
    """Install a sector's workflows and messages on a site, and say what is missing; `by` is who asks for it.

    A second call changes nothing but what the library has changed since: a new version of a definition
    is for new executions, and a text that the organization has edited stays as edited. A stopped workflow
    becomes active again, a paused one stays paused. The audit log has the versions of before and after.
    Raises UnknownSectorError.
    """
    sector = sector_of(slug)
    site = Site.objects.select_for_update().get(pk=site.pk)
    if site.sector != slug:
        site.sector = slug
        site.save(update_fields=["sector"])
    for source in library_sources(slug):
        install(site.organization_id, source, now)
    deployment, before = Deployment(missing=missing(site, slug)), _versions(site)
    for item in sector.workflows:
        workflow, change = _install_workflow(site, sector, item, now, by)
        deployment.workflows.append(workflow)
        setattr(deployment, change, getattr(deployment, change) + 1)
    _record(site, slug, deployment, before, by, now)
    return deployment


def _versions(site: Site) -> dict[str, int | None]:
    """Return the number of the published version of each of a site's workflows, by slug."""
    return dict(Workflow.objects.filter(site=site).values_list("slug", "version__number"))


def _record(
    site: Site, slug: str, done: Deployment, before: Mapping[str, int | None], by: str, now: datetime
) -> None:  # fmt: skip
    after = _versions(site)
    changed = sorted(name for name, number in after.items() if before.get(name) != number)
    record(
        by or SYSTEM, "deploiement", "site", site.pk, now=now, organization_id=site.organization_id, target=site.slug,
        details={"secteur": slug, "crees": done.created, "mis_a_jour": done.updated, "inchanges": done.unchanged},
        before={name: before.get(name) for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip


def _install_workflow(
    site: Site, sector: Sector, item: SectorWorkflow, now: datetime, by: str
) -> tuple[Workflow, str]:  # fmt: skip
    workflow, is_new = Workflow.objects.select_related("version").get_or_create(
        site=site,
        slug=item.slug,
        defaults={"organization": site.organization, "name": item.name, "sector": sector.slug},
    )
    document = dump(item.definition)
    is_same = workflow.version is not None and workflow.version.document == document
    was_stopped = workflow.status == WorkflowStatus.STOPPED
    if is_same and not was_stopped:
        return workflow, "unchanged"
    if not is_same:
        publish(workflow, document, by, now=now)
    workflow.name, workflow.description, workflow.sector = item.name, item.description, sector.slug
    if was_stopped:
        workflow.status = WorkflowStatus.ACTIVE
    workflow.save()
    return workflow, "created" if is_new else "updated"


def publish(
    workflow: Workflow, document: dict[str, Any], by: str = "", *, now: datetime | None = None
) -> DefinitionVersion:
    """Make a new version of a workflow the one that new executions run; `by` is who publishes it.

    A schedule that was there before goes on as planned; a new one begins with the first slot after `now` (without
    it, after the instant of publishing). Raises DefinitionError, with the path of every mistake, and changes
    nothing then.
    """
    definition = parse(document)
    with transaction.atomic():
        last = workflow.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = DefinitionVersion.objects.create(
            workflow=workflow, number=last + 1, document=dump(definition), published_by=by[:150]
        )
        workflow.version = version
        workflow.save(update_fields=["version"])
        rows = [row for form in definition.trigger if (row := form.row())]
        _replace_triggers(workflow, rows, now or version.created_at)
    return version


def _replace_triggers(workflow: Workflow, rows: Sequence[TriggerRow], now: datetime) -> None:
    """Locked first: a slot that is just being fired is not planned again under the new trigger."""
    old = {(t.schedule, t.timezone): t.next_at for t in workflow.triggers.select_for_update() if t.schedule}
    workflow.triggers.all().delete()
    Trigger.objects.bulk_create(
        Trigger(
            workflow=workflow,
            site_id=workflow.site_id,
            **asdict(row),
            next_at=old.get((row.schedule, row.timezone)) or _first_slot(workflow, row, now),
        )
        for row in rows
    )


def _first_slot(workflow: Workflow, row: TriggerRow, now: datetime) -> datetime | None:
    return next_slot(row.schedule, row.timezone or workflow.site.timezone, now) if row.schedule else None


def missing(site: Site, slug: str) -> list[Missing]:
    """Say what a site lacks for a sector's messages to be complete and to go out."""
    sources = library_sources(sector_of(slug).slug)
    used = set().union(*(required_site_fields(source) for source in sources))
    channels = {source.channel for source in sources}
    found = [
        Missing(name, _("Renseignez « %(name)s » : des messages l'utilisent.") % {"name": name})
        for name in sorted(used)
        if not _site_value(site, name)
    ]
    found += [lack for channel in sorted(channels) for lack in _missing_sender(site, channel)]
    return found


@dataclass(frozen=True, slots=True)
class _Sender:
    """What a channel's messages need to go out: an account's keys, and a sender, the site's or everybody's.

    Without the keys, another provider may carry the channel.
    """

    account: str
    keys: tuple[str, ...]
    field: str
    setting: str
    without_keys: object
    without_sender: object


TWILIO_KEYS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
SENDERS: Mapping[str, _Sender] = {
    "email": _Sender(
        "resend", ("RESEND_API_KEY",), "email_from", "FROM_EMAIL",
        gettext_lazy("Aucune clé Resend : les emails vont dans le bac à sable."),
        gettext_lazy("Indiquez l'expéditeur des emails du site (ou FROM_EMAIL)."),
    ),
    "sms": _Sender(
        "twilio", TWILIO_KEYS, "sms_sender", "TWILIO_PHONE_NUMBER",
        gettext_lazy("Aucune clé Twilio : les SMS vont dans le bac à sable."),
        gettext_lazy("Indiquez l'expéditeur des SMS du site (ou TWILIO_PHONE_NUMBER)."),
    ),
    "whatsapp": _Sender(
        "twilio", TWILIO_KEYS, "whatsapp_sender", "TWILIO_WHATSAPP_NUMBER",
        gettext_lazy("Aucune clé Twilio : les messages WhatsApp vont dans le bac à sable."),
        gettext_lazy("Indiquez l'expéditeur WhatsApp du site (ou TWILIO_WHATSAPP_NUMBER)."),
    ),
}  # fmt: skip


def _missing_sender(site: Site, channel: str) -> list[Missing]:
    needs = SENDERS[channel]
    if provider_for(channel).name == SANDBOX and not all(getattr(settings, key) for key in needs.keys):
        return [Missing(needs.account, str(needs.without_keys))]
    if not (getattr(site, needs.field) or getattr(settings, needs.setting)):
        return [Missing(needs.field, str(needs.without_sender))]
    return []


# The names that messages use, and where they stand on the site.
SITE_FIELDS = {
    "nom": "business_name", "telephone": "phone", "telephone_lien": "phone", "adresse": "address", "url": "url",
    "email": "email", "secteur": "sector",
}  # fmt: skip


def _site_value(site: Site, name: str) -> object:
    return getattr(site, SITE_FIELDS[name]) if name in SITE_FIELDS else site.details.get(name)

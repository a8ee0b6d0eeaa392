"""Foresee: what deploying a sector on sites would bring, change, cost and lack. Nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.conf import settings

from accounts.models import Site
from communications.compose import SAMPLE_CONTACT, site_facts, source_of
from communications.gallery import EVENT
from communications.models import Template
from communications.preview import NO_CONTACT, Written, mention_of, write_out
from communications.rendering import Source, TemplateError, context, library_sources, render_text
from communications.templates import standing_of
from communications.textdiff import Line
from communications.textdiff import differences as text_differences
from communications.unsubscribe import unsubscribe_url
from workflows import describe
from workflows.costs import Costs, Price, costs, course
from workflows.definition import Definition, DefinitionError, dump
from workflows.deploy import Missing, Sector, SectorWorkflow, missing, sector_of
from workflows.describe import Described
from workflows.diff import Difference, differences
from workflows.models import ACTIVE, Workflow, WorkflowStatus
from workflows.programs import definition_of
from workflows.standing import standing

UNWRITTEN = Written(None)  # a text of another sector, which this page does not show


class Fate(StrEnum):
    """What a deployment does to a workflow or to a text."""

    CREATED = "cree"
    UPDATED = "mis_a_jour"
    REVIVED = "reactive"  # a stopped workflow whose definition is the library's
    KEPT = "garde"  # a text that the organization has made its own
    SAME = "inchange"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one workflow on one site; `running`: how many are on their way through the old version."""

    site: Site
    item: SectorWorkflow
    fate: Fate
    workflow: Workflow | None = None
    differences: Sequence[Difference] = ()
    is_unreadable: bool = False  # the published version cannot be compared: it is of an older language
    running: int = 0

    @property
    def old(self) -> int | None:
        """The number of the published version."""
        return self.workflow.version.number if self.workflow and self.workflow.version else None


@dataclass(frozen=True, slots=True)
class Text:
    """One message of the sector as an organization would have it; `lines` say what an update changes in it."""

    source: Source
    fate: Fate
    template: Template | None = None
    is_behind: bool = False  # kept, though the library's text has changed
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of a workflow as it would read. `after`: how long after the start, when nothing else happens."""

    step: Described
    path: tuple[str, ...]
    after: timedelta | None
    text: Text
    written: Written
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """One workflow of the sector: its rules in words, its messages in order, what one contact costs."""

    item: SectorWorkflow
    rules: Sequence[tuple[str, str]]
    messages: Sequence[Shown]
    costs: Costs


@dataclass(frozen=True)
class Foresight:
    """What deploying a sector on sites would do. Texts are by organization; what is shown is the first site's."""

    sector: Sector
    sites: Sequence[Site]
    changes: Sequence[Change]
    texts: Mapping[int, Sequence[Text]]
    now: datetime

    @property
    def site(self) -> Site:
        """The site whose details the messages are shown with."""
        return self.sites[0]

    @cached_property
    def lacks(self) -> list[tuple[Site, Missing]]:
        """What is missing, by site."""
        return [(site, lack) for site in self.sites for lack in missing(site, self.sector.slug)]

    @property
    def is_there(self) -> bool:
        """Tell whether any of it is deployed already."""
        return any(change.workflow is not None for change in self.changes)

    @cached_property
    def changed_texts(self) -> list[Text]:
        """The texts that a deployment adds or replaces, and those that it leaves though the library's has changed."""
        found = (text for texts in self.texts.values() for text in texts)
        return [text for text in found if text.fate in (Fate.CREATED, Fate.UPDATED) or text.is_behind]

    @property
    def moving(self) -> list[Site]:
        """The sites that are of another sector so far: theirs becomes this one."""
        return [site for site in self.sites if site.sector != self.sector.slug]

    @property
    def is_quiet(self) -> bool:
        """Tell whether a deployment would change nothing."""
        texts = (text for text in self.changed_texts if not text.is_behind)
        return not self.moving and not any(texts) and all(change.fate is Fate.SAME for change in self.changes)

    @cached_property
    def brought(self) -> list[Brought]:
        """The workflows of the sector, with their messages as the first site's contacts would read them."""
        mine = {(text.source.name, text.source.channel): text for text in self.texts[self.site.organization_id]}
        written = {key: _written(text.source, self.site, self.now) for key, text in mine.items()}
        return [_brought(item, self.sector.slug, mine, written) for item in self.sector.workflows]


def foresee(sites: Sequence[Site], slug: str, now: datetime) -> Foresight:
    """Look at what deploying a sector on these sites would do. Raises UnknownSectorError."""
    sector = sector_of(slug)
    changes = _with_running(list(_changes(sites, sector)))
    return Foresight(sector, sites, changes, _texts({site.organization_id for site in sites}, slug), now)


# --- the workflows -------------------------------------------------------------------------------------------


def _changes(sites: Sequence[Site], sector: Sector) -> Iterator[Change]:
    slugs = [item.slug for item in sector.workflows]
    rows = Workflow.objects.filter(site__in=sites, slug__in=slugs).select_related("version")
    there = {(row.site_id, row.slug): row for row in rows}
    for site in sites:
        for item in sector.workflows:
            yield _change(site, item, there.get((site.pk, item.slug)))


def _change(site: Site, item: SectorWorkflow, workflow: Workflow | None) -> Change:
    if workflow is None or workflow.version is None:
        return Change(site, item, Fate.CREATED, workflow)
    if workflow.version.document == dump(item.definition):
        is_stopped = workflow.status == WorkflowStatus.STOPPED
        return Change(site, item, Fate.REVIVED if is_stopped else Fate.SAME, workflow)
    try:
        found = differences(definition_of(workflow.version.pk), item.definition)
    except DefinitionError:
        return Change(site, item, Fate.UPDATED, workflow, is_unreadable=True)
    return Change(site, item, Fate.UPDATED, workflow, found)


def _with_running(changes: Sequence[Change]) -> list[Change]:
    """Add how many executions stay on the version that is replaced."""
    counts: Counter[int] = Counter()
    for stand in standing([change.site.pk for change in changes if change.fate is Fate.UPDATED]):
        if stand.status in ACTIVE:
            counts[stand.workflow_id] += stand.n
    return [replace(c, running=counts[c.workflow.pk]) if c.workflow else c for c in changes]


# --- the texts -----------------------------------------------------------------------------------------------


def _texts(organization_ids: Iterable[int], slug: str) -> dict[int, list[Text]]:
    sources = library_sources(slug)
    rows = Template.objects.filter(organization_id__in=organization_ids, name__in={s.name for s in sources})
    there = {(row.organization_id, row.name, row.channel): row for row in rows}
    return {pk: [text_of(s, there.get((pk, s.name, s.channel))) for s in sources] for pk in organization_ids}


def text_of(source: Source, template: Template | None) -> Text:
    """Return a message of the library as an organization would have it after a deployment."""
    if template is None:
        return Text(source, Fate.CREATED)
    standing = standing_of(template)
    try:
        own = source_of(template)
    except TemplateError:  # a text of before the language was stricter: it stays, and says what is wrong
        return Text(source, Fate.KEPT, template, standing.is_behind)
    if standing.is_edited:
        return Text(own, Fate.KEPT, template, standing.is_behind)
    if not standing.is_behind:
        return Text(own, Fate.SAME, template)
    return Text(source, Fate.UPDATED, template, lines=list(text_differences(own, source)))


def _written(source: Source, site: Site, now: datetime) -> tuple[Written, str]:
    """Write a message out, and its subject. An email's body is not: that takes longer than all the rest of a page."""
    variables = variables_of(site, now)
    if source.channel != "email":
        return write_out(source, variables, mention_of(site, source.category)), ""
    try:
        return Written(None, euros=settings.EMAIL_EUROS), render_text(source.subject, variables)
    except TemplateError as error:
        return Written(None, error=str(error)), ""


def variables_of(site: Site, now: datetime) -> dict[str, Any]:
    """Return what the samples are written with: the site's own details, a contact and an event that are made up."""
    unsubscribe = unsubscribe_url(NO_CONTACT)
    return context(SAMPLE_CONTACT, site_facts(site), EVENT, now=now, unsubscribe_url=unsubscribe)


# --- what it brings --------------------------------------------------------------------------------------------


def _brought(
    item: SectorWorkflow, sector: str, texts: Mapping[tuple[str, str], Text],
    written: Mapping[tuple[str, str], tuple[Written, str]],
) -> Brought:  # fmt: skip
    def price(template: str, channel: str) -> Price:
        found, _subject = written.get((template, channel), (UNWRITTEN, ""))
        return Price(found.size.count if found.size else 0, found.euros)

    times = {departure.step: departure.after for departure in course(item.definition, sector)}
    messages = [
        Shown(step, path, times.get(step.id), texts[key], *written[key])
        for step, path in _sendings(item.definition, sector)
        if (key := (step.template, step.channel)) in texts
    ]
    return Brought(item, describe.rules(item.definition), messages, costs(item.definition, sector, price))


def _sendings(definition: Definition, sector: str) -> Iterator[tuple[Described, tuple[str, ...]]]:
    """Yield the steps that send, in reading order, each with the branches that lead there."""
    yield from _within(describe.steps(definition, sector), ())


def _within(steps: Sequence[Described], path: tuple[str, ...]) -> Iterator[tuple[Described, tuple[str, ...]]]:
    for step in steps:
        if step.template:
            yield step, path
        for branch in step.branches:
            yield from _within(branch.steps, (*path, f"{step.text} : {branch.title}"))

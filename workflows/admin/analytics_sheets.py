"""The tables of the analytics page: what is shown is what is exported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from berinia.clock import zone
from berinia.formats import number
from berinia.sheets import Column, Sheet
from communications.models.reach import Moment
from communications.reach import Reach, grouped
from workflows.compile import LAST
from workflows.funnel import funnel
from workflows.overview import OfSector
from workflows.study import Study, of_workflows
from workflows.targets import ENOUGH, Change, Measure, compared

MOST = 2_000  # workflows, or texts, that are exported


def measure_names() -> Mapping[str, str]:
    """Return what each measure is called."""
    return {
        "conversion": _("Taux de conversion"), "delai": _("Délai moyen de conversion"),
        "satisfaction": _("Satisfaction client"), "reponse": _("Délai de réponse"),
        "ouverture": _("Taux d'ouverture"), "clic": _("Taux de clic"),
    }  # fmt: skip


def sentence(measure: Measure) -> str:
    """Say what a measure is made of, or what it lacks."""
    made_of = {
        "conversion": _("exécutions finies"), "delai": _("conversions chronométrées"),
        "satisfaction": _("avis reçus"), "reponse": _("premiers messages"),
        "ouverture": _("messages envoyés"), "clic": _("messages envoyés"),
    }[measure.name]  # fmt: skip
    if not measure.sample:
        return _("Rien à mesurer : aucune donnée sur la période (%s).") % made_of
    if measure.is_thin:
        numbers = {"n": number(measure.sample), "what": made_of, "enough": ENOUGH}
        return _("Trop peu de données pour conclure : %(n)s %(what)s, il en faut %(enough)d.") % numbers
    return _("Sur %(n)s %(what)s.") % {"n": number(measure.sample), "what": made_of}


def counts_beside(one: Study, other: Study) -> list[tuple[str, Change]]:
    """Return the counts of two studies beside each other, each with its name."""
    a, b = one.figures, other.figures
    found: list[tuple[str, float, float]] = [
        (_("Exécutions commencées"), a["started"], b["started"]), (_("Exécutions finies"), a.ended, b.ended),
        (_("Converties"), a["converted"], b["converted"]), (_("Échouées"), a["failed"], b["failed"]),
        (_("Messages envoyés"), a.sent, b.sent),
        (_("Messages remis"), one.reach[Moment.DELIVERED], other.reach[Moment.DELIVERED]),
        (_("Réponses"), one.reach[Moment.REPLIED], other.reach[Moment.REPLIED]),
        (_("Messages échoués"), a["messages_failed"], b["messages_failed"]),
        (_("Avis reçus"), a["reviews"], b["reviews"]),
    ]  # fmt: skip
    return [(name, Change("count", value, before)) for name, value, before in found]


def measures_beside(one: Study, other: Study) -> list[tuple[str, Change]]:
    """Return the measures of two studies beside each other, each with its name."""
    names = measure_names()
    return [(names[m.name], compared(m, n)) for m, n in zip(one.measures, other.measures, strict=True)]


def comparison_sheet(one: Study, other: Study, heads: tuple[str, str]) -> Sheet:
    """Return everything that is compared, as numbers: shares in parts of 1, delays in seconds."""
    columns = (Column(_("mesure")), Column(_("unité")), Column(heads[0], "count"), Column(heads[1], "count"),
               Column(_("écart"), "count"), Column(_("écart relatif"), "change"))  # fmt: skip
    units = {"count": _("nombre"), "share": _("part de 1"), "seconds": _("secondes")}
    rows = [
        (name, units[c.kind], c.value, c.other, c.absolute, c.relative)
        for name, c in [*counts_beside(one, other), *measures_beside(one, other)]
    ]
    return Sheet("comparaison", _("Comparaison"), columns, rows)


def measures_sheet(found: Study) -> Sheet:
    """Return the measures beside their targets."""
    names = measure_names()
    columns = (Column(_("indicateur")), Column(_("unité")), Column(_("mesuré"), "count"),
               Column(_("objectif"), "count"), Column(_("écart"), "count"), Column(_("sur"), "count"),
               Column(_("à savoir")))  # fmt: skip
    units = {"share": _("part de 1"), "seconds": _("secondes")}
    rows = [(names[m.name], units[m.kind], m.value, m.target, m.gap, m.sample, sentence(m)) for m in found.measures]
    return Sheet("indicateurs", _("Indicateurs"), columns, rows)


def sectors_sheet(found: Sequence[OfSector], query: str) -> Sheet:
    """Return the sectors beside their targets."""
    columns = (
        Column(_("secteur")), Column(_("commencées"), "count"), Column(_("finies"), "count"),
        Column(_("converties"), "count"), Column(_("conversion"), "share"), Column(_("objectif"), "share"),
        Column(_("délai moyen"), "seconds"), Column(_("objectif"), "seconds"), Column(_("satisfaction"), "share"),
        Column(_("objectif"), "share"), Column(_("avis"), "count"),
    )  # fmt: skip
    rows, links = [], []
    for one in found:
        pairs = [value for m in one.measures[:3] for value in (m.value, m.target)]
        counts = one.figures["started"], one.figures.ended, one.figures["converted"]
        rows.append((one.name, *counts, *pairs, one.figures["reviews"]))
        links.append(f"?{query}&secteur={one.slug}")
    return Sheet("secteurs", _("Par secteur"), columns, rows, links, _("Aucun secteur déployé."))


def workflows_sheet(found: Study) -> Sheet:
    """Return the workflows, those with most executions first."""
    columns = (
        Column(_("workflow")), Column(_("site")), Column(_("commencées"), "count"), Column(_("finies"), "count"),
        Column(_("converties"), "count"), Column(_("conversion"), "share"), Column(_("délai moyen"), "seconds"),
        Column(_("échouées"), "count"), Column(_("messages"), "count"), Column(_("ouverture"), "share"),
    )  # fmt: skip
    lines = of_workflows(found)[:MOST]
    rows = [
        (
            one.workflow.name, one.workflow.site.business_name, one.figures["started"], one.figures.ended,
            one.figures["converted"], one.measures[0].value, one.measures[1].value, one.figures["failed"],
            one.reach[Moment.SENT], one.measures[4].value,
        )
        for one in lines
    ]  # fmt: skip
    links = [reverse("admin:workflows_workflow_change", args=[one.workflow.pk]) for one in lines]
    empty = _("Aucune exécution sur la période : les workflows partent des événements que les sites signalent.")
    return Sheet("workflows", _("Par workflow"), columns, rows, links, empty)


def steps_sheet(found: Study) -> Sheet | None:
    """Return the steps of the workflow that is looked at, in people; None where no workflow was chosen."""
    workflow = found.subject.workflow
    if workflow is None:
        return None
    columns = (
        Column(_("étape")), Column(_("atteinte par"), "count"), Column(_("de l'étape d'avant"), "share"),
        Column(_("passée par"), "count"), Column(_("y sont"), "count"), Column(_("perdues"), "count"),
        Column(_("converties"), "count"),
    )  # fmt: skip
    rows = [
        (
            _("après la dernière étape") if stage.step == LAST else stage.step, stage.reached, stage.share,
            stage.passed, stage.here, stage.dropped, stage.converted,
        )
        for stage in funnel(workflow, found.span.since, found.span.until).all()
    ]  # fmt: skip
    return Sheet(
        "parcours", _("Parcours étape par étape"), columns, rows, (), _("Le workflow n'a pas de version publiée.")
    )


def messages_sheet(found: Study) -> Sheet:
    """Return the messages by text and channel, the most sent first."""
    columns = (
        Column(_("modèle")), Column(_("canal")), Column(_("envoyés"), "count"), Column(_("remis"), "share"),
        Column(_("ouverts"), "share"), Column(_("cliqués"), "share"), Column(_("réponses"), "share"),
        Column(_("échoués"), "count"), Column(_("désinscrits"), "count"), Column(_("conversions"), "count"),
    )  # fmt: skip
    by: Callable[[Any], tuple[str, str]] = lambda c: (c.template, c.channel)  # noqa: E731
    lines = sorted(grouped(found.messages, by).items(), key=lambda line: (-line[1][Moment.SENT], *line[0]))
    rows = [(template, channel, *_reached(r)) for (template, channel), r in lines if template][:MOST]
    return Sheet("messages", _("Messages"), columns, rows, (), _("Aucun message sur la période."))


def _reached(found: Reach) -> tuple[float | None, ...]:
    shares = (Moment.DELIVERED, Moment.OPENED, Moment.CLICKED, Moment.REPLIED)
    counts = (Moment.FAILED, Moment.UNSUBSCRIBED, Moment.CONVERTED)
    return (found[Moment.SENT], *(found.rate(moment) for moment in shares), *(found[moment] for moment in counts))


def days_sheet(found: Study) -> Sheet:
    """Return the figures over time: each hour, or each day."""
    columns = (
        Column(_("heure") if found.span.by_hour else _("jour")), Column(_("commencées"), "count"),
        Column(_("finies"), "count"), Column(_("converties"), "count"), Column(_("conversion"), "share"),
        Column(_("échouées"), "count"), Column(_("messages envoyés"), "count"), Column(_("avis"), "count"),
    )  # fmt: skip
    here = zone(settings.TIME_ZONE)
    rows: list[tuple[Any, ...]] = []
    for at in found.span.buckets(here):
        local, figures = at.astimezone(here), found.counted.over_time.get(at)
        label = f"{local:%d/%m/%Y %H:00}" if found.span.by_hour else f"{local:%d/%m/%Y}"
        if figures is None:
            rows.append((label, 0, 0, 0, None, 0, 0, 0))
            continue
        rows.append((
            label, figures["started"], figures.ended, figures["converted"], figures.conversion, figures["failed"],
            figures.sent, figures["reviews"],
        ))  # fmt: skip
    return Sheet("evolution", _("Évolution"), columns, rows)

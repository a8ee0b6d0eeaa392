"""« Analyses »: what workflows achieved beside their targets, compared, over time, and as CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.tenancy import organizations_of
from berinia.sheets import Sheet, csv_lines
from communications.reach import grouped
from workflows.admin import analytics_sheets as sheets
from workflows.admin.choice import FEW, Chosen, chosen
from workflows.admin.dashboard import activity
from workflows.counters import span_of
from workflows.deploy import sectors
from workflows.models import Workflow
from workflows.overview import by_sector
from workflows.study import Study, Subject, study


@dataclass(frozen=True, slots=True)
class Question:
    """What an address of the page asks: of what, and compared with what (a subject, or the period before)."""

    choice: Chosen
    subject: Subject
    against: Subject | None
    workflows: Sequence[Workflow]
    query: str  # what the address says beside the period

    @property
    def whole_query(self) -> str:
        """The address of the same answer."""
        return f"periode={self.choice.period}{self.query}"


def analytics_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the figures that are asked for."""
    question = _read(request)
    choice, span = question.choice, span_of(question.choice.period, timezone.now())
    found, other, heads = _answers(question, span)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Analyses"), "choice": choice, "question": question, "offers": _offers(question),
        "kept": question.query.removeprefix(choice.query), "found": found,
        "measures": _measures(found, other), "counts": sheets.counts_beside(found, other), "heads": heads,
        "chart": activity(found.span, found.counted), "is_empty": not found.figures.sums,
        "tables": [table for name, table in _tables(found, other, heads, question).items() if name in SHOWN],
        "workflow": question.subject.workflow, "steps": _steps(found),
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/analytics/page.html", context)


def export_page(admin: Any, request: HttpRequest, table: str) -> HttpResponse | StreamingHttpResponse:
    """Return one of the page's tables as CSV, a line at a time."""
    question = _read(request)
    span = span_of(question.choice.period, timezone.now())
    found, other, heads = _answers(question, span)
    sheet = _tables(found, other, heads, question).get(table)
    if sheet is None:
        raise Http404
    answer = StreamingHttpResponse(csv_lines(sheet), content_type="text/csv; charset=utf-8")
    name = f"{table}-{question.choice.period}-{timezone.localtime():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


SHOWN = ("parcours", "secteurs", "workflows", "messages", "evolution")


def _tables(found: Study, other: Study, heads: tuple[str, str], question: Question) -> dict[str, Sheet]:
    made = [
        sheets.measures_sheet(found), sheets.comparison_sheet(found, other, heads), sheets.workflows_sheet(found),
        sheets.messages_sheet(found), sheets.days_sheet(found),
    ]  # fmt: skip
    if not question.subject.sector and not question.subject.workflow:
        reached = grouped(found.messages, lambda c: c.workflow_id)
        of_sectors = by_sector(found.subject.sites, found.counted, reached)
        made.insert(0, sheets.sectors_sheet(of_sectors, question.whole_query))
    if (steps := sheets.steps_sheet(found)) is not None:
        made.insert(0, steps)
    return {sheet.key: sheet for sheet in made}


def _answers(question: Question, span: Any) -> tuple[Study, Study, tuple[str, str]]:
    found = study(question.subject, span)
    if question.against is None:
        return found, study(question.subject, span.before), (_("cette période"), _("période précédente"))
    return found, study(question.against, span), (_named(question.subject), _named(question.against))


def _named(subject: Subject) -> str:
    if subject.workflow:
        return subject.workflow.name
    return sectors()[subject.sector].name if subject.sector else _("tout")


def _measures(found: Study, other: Study) -> list[tuple[str, Any, str, Any]]:
    """Return each measure: its name, itself, what it is made of, and beside the other's."""
    return [
        (name, measure, sheets.sentence(measure), change)
        for (name, change), measure in zip(sheets.measures_beside(found, other), found.measures, strict=True)
    ]


def _steps(found: Study) -> list[tuple[str, int, int]]:
    """Return the way to conversion: how many began, ended and converted, with what each is of the first (of 100)."""
    figures = found.figures
    first = figures["started"] or 1
    ended, converted = figures.ended, figures["converted"]
    steps = [(_("commencées"), figures["started"]), (_("finies"), ended), (_("converties"), converted)]
    return [(name, n, min(100, round(100 * n / first))) for name, n in steps]


# --- what is asked --------------------------------------------------------------------------------------------


def _read(request: HttpRequest) -> Question:
    """Read an address. Raises PermissionDenied, and Http404 for what the person may not see or is not there."""
    if organizations_of(request.user) == []:
        raise PermissionDenied
    choice = chosen(request)
    workflows = Workflow.objects.filter(site_id__in=choice.sites).select_related("site").order_by("name", "pk")
    asked = request.GET
    subject = _subject(choice.sites, workflows, asked.get("secteur", ""), asked.get("workflow", ""))
    kind, _colon, value = asked.get("avec", "").partition(":")
    against = None
    if kind in ("secteur", "workflow") and value:
        against = _subject(choice.sites, workflows, *((value, "") if kind == "secteur" else ("", value)))
    query = choice.query
    if subject.workflow:
        query += f"&workflow={subject.workflow.pk}"
    elif subject.sector:
        query += f"&secteur={subject.sector}"
    query += f"&avec={kind}:{value}" if against else ""
    return Question(choice, subject, against, list(workflows[:FEW]), query)


def _subject(sites: Sequence[int], workflows: Any, sector: str, workflow: str) -> Subject:
    if workflow:
        number = int(workflow) if workflow.isdecimal() and len(workflow) < 19 else 0
        if (found := workflows.filter(pk=number).first()) is None:
            raise Http404
        return Subject(sites, workflow=found)
    if sector and sector not in sectors():
        raise Http404
    return Subject(sites, sector)


def _offers(question: Question) -> list[dict[str, Any]]:
    """Return the further choices of the page: sector, workflow, and with what to compare."""
    subject, against = question.subject, question.against
    deployed = {workflow.sector for workflow in question.workflows} & sectors().keys()
    names = [(slug, sectors()[slug].name) for slug in sorted(deployed)]
    flows = [(str(w.pk), f"{w.name} ({w.site.business_name})") for w in question.workflows]
    given = f"workflow:{against.workflow.pk}" if against and against.workflow else ""
    given = given or (f"secteur:{against.sector}" if against else "")
    also = [(f"secteur:{slug}", _("secteur %s") % name) for slug, name in names]
    also += [(f"workflow:{pk}", name) for pk, name in flows]
    make: Callable[..., dict[str, Any]] = lambda name, label, none, options, chosen: {  # noqa: E731
        "name": name, "label": label, "none": none, "options": options, "chosen": chosen,
    }  # fmt: skip
    return [
        make("secteur", _("Secteur"), _("tous"), names, subject.sector),
        make("workflow", _("Workflow"), _("tous"), flows, str(subject.workflow.pk) if subject.workflow else ""),
        make("avec", _("Comparer avec"), _("la période précédente"), also, given),
    ]


def csv_url(table: str) -> str:
    """Return where a table is exported."""
    return reverse("admin:workflows_analytics_csv", args=[table])

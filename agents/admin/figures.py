"""What agents do and cost: by day, by agent, and beside the budgets; read from sums alone."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from accounts.tenancy import organizations_of
from agents.agent import agents
from agents.days import Sums, by_agent, by_day
from agents.ledger import month_of
from agents.models import AgentSettings, BudgetMonth
from agents.prepare import budget_of
from berinia.admin.charts import Chart, Series
from berinia.formats import number

PERIODS = {"7": gettext_lazy("7 jours"), "30": gettext_lazy("30 jours"), "90": gettext_lazy("90 jours")}
MOST_BUDGETS = 20


def figures_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the agents of the organizations that the person may see, over `?jours=`."""
    wanted = request.GET.get("jours", "")
    chosen = wanted if wanted in PERIODS else "30"
    today, organizations = timezone.localdate(), organizations_of(request.user)
    since = today - timedelta(days=int(chosen) - 1)
    days = by_day(organizations, since)
    month = by_agent(organizations, today.replace(day=1))
    context = {
        **admin.admin_site.each_context(request), "title": _("Agents en chiffres"), "opts": admin.opts,
        "periods": [{"value": value, "label": label, "is_chosen": value == chosen} for value, label in PERIODS.items()],
        "charts": charts(days, since, today), "has_runs": bool(days),
        "rows": [_row(name, sums, month.get(name, Sums())) for name, sums in by_agent(organizations, since).items()],
        "budgets": budgets(organizations),
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/figures.html", context)


def charts(days: Mapping[date, Sums], since: date, until: date) -> list[Chart]:
    """Return who decided by day, and what it cost."""
    dates = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    labels = [f"{day:%d/%m}" for day in dates]
    sums = [days.get(day, Sums()) for day in dates]
    decided = (
        Series(_("modèle"), [one.by_model for one in sums]), Series(_("règles"), [one.by_rules for one in sums]),
        Series(_("échouées"), [one.failed for one in sums]),
    )  # fmt: skip
    costs = (Series(_("centimes de dollar"), [round(one.dollars * 100, 2) for one in sums]),)
    return [
        Chart(_("Exécutions d'agents, par qui en a décidé"), _("jour"), labels, decided, stacked=True),
        Chart(_("Coût des modèles"), _("jour"), labels, costs, type="line"),
    ]


def _row(name: str, sums: Sums, month: Sums) -> Mapping[str, Any]:
    agent = agents().get(name)
    return {
        "name": name, "label": agent.label if agent else name, "sums": sums,
        "model": sums.share(sums.by_model), "rules": sums.share(sums.by_rules), "failed": sums.share(sums.failed),
        "corrected": sums.share(sums.corrected), "cached": sums.share(sums.cached),
        "seconds": number(sums.seconds, 1), "cost": amount(sums), "month": amount(month),
    }  # fmt: skip


def amount(sums: Sums) -> str:
    """Return what something cost, and that it may be more where a price is not known."""
    return f"{number(sums.dollars, 2)} $" + ("*" if sums.unpriced else "")


def budgets(organizations: Sequence[int] | None) -> list[Mapping[str, Any]]:
    """Return what was spent this month beside what may be, those that spent most first."""
    rows = BudgetMonth.objects.filter(month=month_of(timezone.now())).order_by("-spent_micros", "organization_id")
    if organizations is not None:
        rows = rows.filter(organization_id__in=organizations)
    found = list(rows[:MOST_BUDGETS])
    ids = [row.organization_id for row in found]
    names = dict(Organization.objects.filter(pk__in=ids).values_list("pk", "name"))
    own = {one.organization_id: one for one in AgentSettings.objects.filter(organization_id__in=ids)}
    return [_budget(row, names.get(row.organization_id, ""), own.get(row.organization_id)) for row in found]


def _budget(row: BudgetMonth, name: str, own: AgentSettings | None) -> Mapping[str, Any]:
    budget = budget_of(own)
    used = min(1.0, row.spent_micros / budget) if budget else 1.0
    return {
        "name": name, "spent": f"{number(row.spent_micros / 1_000_000, 2)} $",
        "budget": f"{number(budget / 1_000_000, 2)} $", "percent": round(used * 100), "is_ample": used < 0.8,
        "calls": row.calls, "share": used,
    }  # fmt: skip

"""The pages about agents: what they did, what it cost, whom they ask; each organization sees its own."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from agents.ledger import month_of
from agents.models import AgentRun, AgentSettings, BudgetMonth
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_execution, make_organization

pytestmark = pytest.mark.django_db
LIST = "admin:agents_agentrun_changelist"


def make_run(**changes: Any) -> AgentRun:
    contact = changes.pop("contact", None) or make_contact()
    fields = {
        "organization": contact.organization, "site": contact.site, "contact": contact, "agent": "reply_intent",
        "status": "terminee", "decided_by": "model", "model": "mistral:mistral-small-latest", "cost_micros": 112,
        "latency_ms": 1_240, "tokens_in": 120, "tokens_out": 40, "requests": 1, "created_at": NOW,
        "input": {"text": "<script>alert(1)</script>"}, "output": {"intent": "interested"},
    }  # fmt: skip
    return AgentRun.objects.create(**fields | changes)


def page(client: Client, run: AgentRun) -> str:
    return client.get(reverse("admin:agents_agentrun_change", args=[run.pk])).content.decode()


def listed(client: Client, **query: Any) -> list[int]:
    return [run.pk for run in client.get(reverse(LIST), query).context["cl"].result_list]


def test_the_list_says_who_decided_and_what_it_cost(boss: Client) -> None:
    make_run()
    text = boss.get(reverse(LIST)).content.decode()
    for said in (
        "Intention d'une réponse",
        "Jean Dupont",
        "modèle",
        "mistral:mistral-small-latest",
        "0,000112 $",
        "1,2 s",
    ):
        assert said in text.replace("&#x27;", "'"), said


def test_a_cost_that_nobody_knows_is_unknown(boss: Client) -> None:
    run = make_run(cost_micros=None)
    assert "inconnu" in boss.get(reverse(LIST)).content.decode()
    assert "inconnu" in page(boss, run)


def test_a_page_shows_what_was_said_and_what_was_changed(boss: Client) -> None:
    run = make_run(guarded=["note ramenée à 90"], decided_by="rules", model="", error="limite")
    text = page(boss, run)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert "note ramenée à 90" in text
    assert "Le fournisseur limite les appels (429)" in text
    assert "interested" in text


def test_an_error_of_the_model_before_says_that_it_is(boss: Client) -> None:
    assert "un modèle placé avant" in page(boss, make_run(error="delai"))
    assert "La réponse n&#x27;a pas pu être appliquée (KeyError)" in page(
        boss, make_run(error="effet:KeyError", status="echouee", decided_by="")
    )


def test_a_page_leads_to_the_contact_the_execution_and_the_original(boss: Client) -> None:
    execution = make_execution()
    first = make_run()
    text = page(boss, make_run(execution_id=execution.pk, step="lire", contact=execution.contact, replay_of=first.pk))
    for name, pk in (
        ("crm_contact", execution.contact_id), ("workflows_execution", execution.pk), ("agents_agentrun", first.pk)
    ):  # fmt: skip
        assert reverse(f"admin:{name}_change", args=[pk]) in text


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ({"agent": "reply_intent"}, {"agent": "crm_exporter"}),
        ({"status__exact": "terminee"}, {"status": "echouee"}),
        ({"decided_by__exact": "model"}, {"decided_by": "rules"}),
    ],
)
def test_the_list_is_filtered(boss: Client, query: dict[str, str], other: dict[str, str]) -> None:
    run = make_run()
    make_run(**other)
    assert listed(boss, **query) == [run.pk]


def test_the_list_is_filtered_by_site_and_searched(boss: Client) -> None:
    run, other = make_run(), make_run()
    assert listed(boss, site=run.site_id) == [run.pk]
    assert listed(boss, q=run.contact.email) == [run.pk]  # type: ignore[union-attr]
    assert listed(boss, q=f"#{other.pk}") == [other.pk]


def test_an_organization_sees_its_own_runs_only() -> None:
    ours, theirs = make_run(), make_run()
    client = signed_in(ours.organization)
    assert listed(client) == [ours.pk]
    assert listed(client, site=theirs.site_id) == []
    assert listed(client, q=theirs.contact.email) == []  # type: ignore[union-attr]
    assert client.get(reverse("admin:agents_agentrun_change", args=[theirs.pk])).status_code == 302


def act(client: Client, *runs: AgentRun) -> Any:
    ids = ",".join(str(run.pk) for run in runs)
    return client.post(reverse("admin:agents_agentrun_act", args=["rejouer"]), {"ids": ids}, follow=True)


def test_a_run_is_queued_anew(boss: Client) -> None:
    run = make_run()
    act(boss, run, make_run(status="en_cours"))
    again = AgentRun.objects.get(replay_of__isnull=False)
    assert (again.replay_of, again.status, again.input) == (run.pk, "en_file", run.input)
    assert again.created_at > timezone.now() - timedelta(minutes=1)


def test_a_run_whose_input_is_gone_says_so(boss: Client) -> None:
    assert "rien à rejouer" in act(boss, make_run(input=None)).content.decode()


@pytest.mark.parametrize("role", [Role.READER, Role.SALES])
def test_only_who_works_replays(role: Role) -> None:
    run = make_run()
    assert act(signed_in(run.organization, role), run).status_code == 403
    act(signed_in(make_organization()), run)
    assert AgentRun.objects.count() == 1
    act(signed_in(run.organization), run)
    assert AgentRun.objects.count() == 2


def form(organization: Any, **changes: Any) -> dict[str, Any]:
    fields = {"organization": organization.pk, "uses_models": "on", "model_names": "", "voice": "", "facts": ""}
    return fields | {"monthly_budget": ""} | changes


ADD = "admin:agents_agentsettings_add"


def test_settings_are_written(boss: Client) -> None:
    names = "mistral:mistral-small-latest,local:llama3"
    boss.post(reverse(ADD), form(make_organization(), model_names=names, monthly_budget="12.50", voice="Vouvoyer."))
    row = AgentSettings.objects.get()
    assert row.model_names == ["mistral:mistral-small-latest", "local:llama3"]
    assert (row.monthly_budget, row.voice, row.uses_models) == (Decimal("12.50"), "Vouvoyer.", True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("model_names", "gpt-4", "fournisseur:modèle"),
        ("model_names", "google:gemini", "Fournisseur inconnu"),
        ("model_names", "openai:a b", "fournisseur:modèle"),
        ("monthly_budget", "-1", "négatif"),
        ("voice", "x" * 1_001, "1000"),
    ],
)
def test_a_mistake_is_told_beside_its_field(boss: Client, field: str, value: str, said: str) -> None:
    answer = boss.post(reverse(ADD), form(make_organization(), **{field: value}))
    assert said in str(answer.context["adminform"].form.errors[field]).replace("\u202f", "")
    assert not AgentSettings.objects.exists()


def test_the_house_sets_budgets_and_owners_the_rest() -> None:
    row = AgentSettings.objects.create(organization=make_organization(), monthly_budget=5)
    url = reverse("admin:agents_agentsettings_change", args=[row.pk])
    owner = signed_in(row.organization, Role.OWNER)
    owner.post(url, form(row.organization, monthly_budget="5000", voice="Tutoyer."))
    row.refresh_from_db()
    assert (row.monthly_budget, row.voice) == (5, "Tutoyer.")
    assert signed_in(row.organization).post(url, form(row.organization)).status_code == 403
    assert signed_in(make_organization(), Role.OWNER).get(url).status_code == 302


def settings_page(client: Client, row: AgentSettings) -> str:
    text = client.get(reverse("admin:agents_agentsettings_change", args=[row.pk])).content.decode()
    return text.replace("&#x27;", "'").replace("\xa0", " ")


def test_the_page_shows_what_was_spent_beside_the_budget(boss: Client) -> None:
    row = AgentSettings.objects.create(organization=make_organization(), monthly_budget=5)
    month = month_of(timezone.now())
    fields = {"organization_id": row.organization_id, "month": month, "spent_micros": 1_250_000, "calls": 7}
    BudgetMonth.objects.create(**fields)
    assert "1,25 $ sur 5,00 $" in settings_page(boss, row)
    assert "7 appels" in settings_page(boss, row)


def test_the_page_says_whom_agents_ask_or_why_nobody(boss: Client, settings: Any) -> None:
    row = AgentSettings.objects.create(organization=make_organization())
    assert "Aucun modèle n'est configuré" in settings_page(boss, row)
    settings.MISTRAL_API_KEY, settings.LOCAL_BASE_URL = "x", "http://localhost:1/v1"
    assert "mistral:mistral-small-latest · 0,15 $ lus, 0,60 $ écrits" in settings_page(boss, row)
    AgentSettings.objects.update(model_names=["local:llama3", "openai:gpt-4.1-mini"])
    assert "local:llama3 · Le prix du modèle est inconnu" in settings_page(boss, row)
    assert "openai:gpt-4.1-mini · clé absente" in settings_page(boss, row)
    AgentSettings.objects.update(uses_models=False)
    assert "désactivés pour cette organisation" in settings_page(boss, row)

"""What steps ask of agents: what each is told, and what its answer brings about."""

from datetime import timedelta
from typing import Any

import pytest

from agents.agent import asked_by_steps
from agents.asking.base import askings
from agents.library.lead_classifier import Classification
from agents.library.message_writer import Written
from agents.library.reply_intent import Intent, Reading
from agents.library.reply_summary import Digest
from agents.models import AgentRun, AgentSettings
from agents.steps import run_batch
from communications.models import Notification, Suppression
from crm.models import Contact, Event, Lead, Task
from tests.acts.workflows.conftest import Town
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_contact, make_site, make_template, make_workflow
from workflows.models import Execution

OUTPUTS = {
    "intent": Reading(intent=Intent.QUESTION, confidence=0.5),
    "summarize": Digest(resume="Il demande un devis."),
    "write": Written(),
    "classify": Classification(
        lead_type="hot", sector="plombier", company_size="unknown", decision_maker=None, pain_points=(), interests=(),
        lead_score=80, reasoning="Il accepte.", key_insights=(),
    ),
}  # fmt: skip
EXTRA = {"write": {"send": "sms", "template": "rappel", "brief": "Relance douce"}}


@pytest.fixture
def town(db: None) -> Town:
    site = make_site(sms_sender="+33937000000")
    return Town(site, make_contact(site=site, name="Jean Ravelomanana"))


def ask(town: Town, agent: str, said: str = "") -> Execution:
    step = {"id": "pas", "agent": agent, **EXTRA.get(agent, {})}
    make_workflow({"trigger": {"event": "demande"}, "steps": [step, {"id": "suite", "wait": "1d"}]}, site=town.site)
    town.report("demande")
    if said:
        town.report("sms_recu", texte=said)
    run_batch(now=town.now, limit=10)
    town.drain()
    return Execution.objects.get()


def answer() -> dict[str, Any]:
    return dict(Event.objects.get(name="agent_repondu").data)


@pytest.mark.parametrize("name", sorted(asked_by_steps()))
def test_each_agent_of_a_step_says_what_conditions_know_of_its_answer(name: str) -> None:
    agent = asked_by_steps()[name]
    assert agent.in_steps is not None
    assert agent.in_steps.facts
    assert set(askings()[agent.name].facts(OUTPUTS[name])) == set(agent.in_steps.facts)


def test_each_agent_that_steps_may_ask_has_what_they_need_of_it() -> None:
    assert set(askings()) == {agent.name for agent in asked_by_steps().values()}


# --- intent ---


def test_an_opt_out_that_a_model_reads_holds_at_once_and_goes_to_a_person(town: Town, openai: FakeOpenAI) -> None:
    openai.replies.append({"intent": "opt_out", "confidence": 0.9, "is_doubtful": False, "reasoning": ""})
    execution = ask(town, "intent", "J'ai changé de crèmerie, bonne continuation à vous tous.")
    contact = Contact.objects.get()
    assert contact.opted_out_at == town.now
    assert Suppression.objects.filter(channel="sms", reason="opt_out").exists()
    execution.refresh_from_db()
    assert (execution.status, execution.reason) == ("arretee", "desinscription")
    task = Task.objects.get()
    assert (task.title, task.contact_id) == ("Vérifier une désinscription", contact.pk)
    assert Notification.objects.get().severity == "warning"


def test_an_opt_out_that_the_rules_are_sure_of_needs_nobody(town: Town) -> None:
    ask(town, "intent", "Ne m'envoyez plus rien, merci de me retirer de votre liste")
    assert Contact.objects.get().opted_out_at == town.now
    assert not Task.objects.exists()


def test_a_doubt_is_read_by_a_person_and_once(town: Town, openai: FakeOpenAI) -> None:
    openai.replies.append({"intent": "other", "confidence": 0.2, "is_doubtful": True, "reasoning": ""})
    ask(town, "intent", "Hum, à voir.")
    assert Contact.objects.get().opted_out_at is None
    assert Task.objects.get().title == "Lire une réponse que l'agent n'a pas comprise"


def test_what_identifies_its_writer_is_not_in_the_question(town: Town, openai: FakeOpenAI) -> None:
    openai.replies.append({"intent": "interested", "confidence": 0.9, "is_doubtful": False, "reasoning": ""})
    ask(town, "intent", "Oui, rappelez M. Ravelomanana au 06 98 76 54 32 ou jr@exemple.fr")
    assert all(secret not in openai.prompt(-1) for secret in ("Ravelomanana", "98 76 54", "jr@exemple.fr"))
    assert answer()["intention"] == "interested"


# --- classify ---


def test_a_lead_is_classified_as_any_is_and_the_step_knows_the_answer(town: Town) -> None:
    ask(town, "classify", "C'est d'accord pour le devis, quand commencez-vous ?")
    lead = Lead.objects.get()
    assert (lead.quality, lead.score) == (answer()["qualite"], answer()["score"])
    assert (lead.decided_by, lead.classified_at) == ("rules", town.now)


def test_what_a_person_has_classified_is_the_answer(town: Town, openai: FakeOpenAI) -> None:
    town.report("contact_recu")
    Lead.objects.update(quality="CHAUD", score=91, decided_by="person", status="a_exporter")
    ask(town, "classify")
    assert (answer()["qualite"], answer()["score"], answer()["decide_par"]) == ("CHAUD", 91, "person")
    assert openai.asked() == []


def test_of_who_opted_out_nothing_is_shown_to_a_model(town: Town, openai: FakeOpenAI) -> None:
    Contact.objects.update(opted_out_at=NOW - timedelta(days=1))
    ask(town, "classify")
    assert openai.asked() == []
    assert answer()["qualite"] == "FROID"


# --- write ---


def test_the_writer_knows_the_facts_of_its_own_organization_only(town: Town, openai: FakeOpenAI) -> None:
    make_template(
        organization=town.site.organization, name="plombier/rappel", channel="sms", subject="", body="Votre devis."
    )
    AgentSettings.objects.create(
        organization=town.site.organization, voice="Chaleureux", facts="Garantie de 10 ans\nOuvert le samedi"
    )
    AgentSettings.objects.create(organization=make_site().organization, voice="Sec", facts="Remise de 20 %")
    openai.default = {"subject": "", "text": ""}
    town.report("sms_recu", texte="Mon numéro est le 06 98 76 54 32")
    ask(town, "write")
    prompt = openai.prompt(-1)
    assert all(said in prompt for said in ("Garantie de 10 ans", "Ouvert le samedi", "Chaleureux", "Votre devis."))
    assert all(said not in prompt for said in ("20 %", "Sec", "98 76 54", "Ravelomanana"))


# --- together ---


def test_one_that_cannot_be_asked_does_not_hold_up_the_others(town: Town) -> None:
    ask(town, "summarize")
    run = AgentRun.objects.get()
    fields = {name: getattr(run, name) for name in ("organization", "site", "contact", "execution_id", "created_at")}
    AgentRun.objects.all().delete()
    asked: list[tuple[str, Any]] = [("reply_summary", {}), ("reply_summary", []), ("disparu", {})]
    for n, (agent, request) in enumerate(asked):
        AgentRun.objects.create(**fields, agent=agent, request=request, step=f"pas{n}", due_at=town.now)
    run_batch(now=town.now, limit=10)
    assert sorted(AgentRun.objects.values_list("step", "status")) == [
        ("pas0", "terminee"), ("pas1", "echouee"), ("pas2", "echouee"),
    ]  # fmt: skip
    assert Event.objects.filter(name="agent_echoue").count() == 2

"""A workflow asks an agent and goes on from what it answers; the engine, delivery and the agents' worker are real."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from agents.models import AgentRun
from agents.steps import run_batch
from communications.models import AgentDraft, Message
from crm.models import Contact, Event
from tests.acts.workflows.conftest import Town
from tests.fakes.openai import FakeOpenAI
from tests.make import make_template, make_workflow
from workflows import control
from workflows.control import Order
from workflows.models import Execution, StepRun
from workflows.scope import Scope
from workflows.why import why

GOOD = "Bonjour Jean, avez-vous pu regarder notre devis ? Nous restons à votre disposition. Plomberie Martin"
READ = {
    "id": "lecture", "agent": "summarize", "timeout": "10m",
    "cases": [
        {"when": "event.ton == 'mécontent'", "steps": [{"id": "calmer", "task": "Rappeler un client mécontent"}]},
        {"when": "event.a_rappeler", "steps": [{"id": "rappeler", "task": "Rappeler"}]},
    ],
    "else": [{"id": "merci", "update": {"tags": ["lu"]}}],
    "on_failure": [{"id": "main", "task": "Lire la réponse"}],
}  # fmt: skip
WRITE = {
    "id": "relance", "agent": "write", "send": "sms", "template": "devis_rappel", "useful_for": "6h", "timeout": "5m",
    "brief": "Relance douce après le devis",
}  # fmt: skip

REFUSE_ANSWERS = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE evenements ADD CONSTRAINT no_answer CHECK (name <> 'agent_repondu') NOT VALID
"""


@pytest.fixture(autouse=True)
def _template(town: Town) -> None:
    make_template(
        organization=town.site.organization, name="plombier/devis_rappel", channel="sms", subject="",
        body="Votre devis vous attend, {{ contact.prenom }}.",
    )  # fmt: skip


def begin(town: Town, *steps: dict[str, Any]) -> Execution:
    make_workflow({"trigger": {"event": "demande"}, "steps": [*steps, {"id": "suite", "wait": "1d"}]}, site=town.site)
    town.report("demande", texte="Pouvez-vous me rappeler demain ?")
    return Execution.objects.get()


def ask(town: Town) -> int:
    asked = run_batch(now=town.now, limit=10)
    town.drain()
    return asked


def passed(execution: Execution) -> list[tuple[str, str]]:
    return list(StepRun.objects.filter(execution_id=execution.pk).order_by("id").values_list("step", "detail"))


def text_sent() -> str:
    return str((Message.objects.get(status="sent").payload or {})["text"])


# --- reading ---


def test_the_first_case_that_the_answer_fits_is_taken(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    assert passed(execution) == [("lecture", "agent_interroge")]
    assert ask(town) == 1
    assert passed(execution)[1:] == [("lecture.issue", "cas_2"), ("rappeler", "")]
    event = Event.objects.get(name="agent_repondu")
    assert event.moved == [execution.pk]
    assert event.data == {
        "agent": "summarize", "etape": "lecture", "execution": f"{execution.pk}/1", "decide_par": "rules",
        "resume": "Pouvez-vous me rappeler demain ?", "demandes": ["Pouvez-vous me rappeler demain ?"],
        "ton": "neutre", "a_rappeler": True,
    }  # fmt: skip


def test_two_cases_that_fit_are_one_and_always_the_same(town: Town, openai: FakeOpenAI) -> None:
    openai.replies.append({"resume": "Pas content", "demandes": [], "ton": "mécontent", "a_rappeler": True})
    execution = begin(town, {**READ, "of": "demande"})
    ask(town)
    assert passed(execution)[1:] == [("lecture.issue", "cas_1"), ("calmer", "")]
    assert Event.objects.get(name="agent_repondu").data["decide_par"] == "model"


def test_what_no_case_fits_goes_on_along_else(town: Town) -> None:
    execution = begin(town, READ)
    town.report("sms_recu", texte="Bien reçu.")
    ask(town)
    assert passed(execution)[1:] == [("lecture.issue", "agent_repondu"), ("merci", "")]


def test_the_latest_reply_since_the_execution_began_is_read(town: Town) -> None:
    town.report("sms_recu", texte="Un message d'avant")
    begin(town, READ)
    town.report("sms_recu", texte="Le premier.")
    town.report("whatsapp_recu", texte="Le dernier.")
    ask(town)
    assert Event.objects.get(name="agent_repondu").data["resume"] == "Le dernier."


def test_without_a_reply_the_answer_says_so_and_nobody_is_asked(town: Town, openai: FakeOpenAI) -> None:
    town.report("sms_recu", texte="Un message d'avant")
    execution = begin(town, READ)
    ask(town)
    run = AgentRun.objects.get()
    assert (run.status, run.decided_by, openai.asked()) == ("terminee", "rules", [])
    assert Event.objects.get(name="agent_repondu").data["sans_objet"] == run.guarded[0]
    assert passed(execution)[-2:] == [("lecture.issue", "agent_repondu"), ("merci", "")]


def test_the_time_that_passes_without_an_answer_leads_to_on_failure_and_a_late_answer_moves_nothing(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    town.later(minutes=9)
    assert len(passed(execution)) == 1
    town.later(minutes=2)
    assert passed(execution)[1:] == [("lecture.issue", "sans_reponse"), ("main", "")]
    before = passed(execution)
    ask(town)
    assert passed(execution) == before


def test_without_on_failure_it_goes_on_along_else(town: Town) -> None:
    execution = begin(town, {name: value for name, value in READ.items() if name != "on_failure"})
    town.later(minutes=11)
    assert passed(execution)[1:] == [("lecture.issue", "sans_reponse"), ("merci", "")]


def test_a_worker_that_dies_with_the_question_leaves_it_to_another(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    AgentRun.objects.update(status="en_cours", attempts=1, due_at=town.now + timedelta(minutes=2))
    assert ask(town) == 0
    town.later(minutes=3)
    assert ask(town) == 1
    assert passed(execution)[1] == ("lecture.issue", "cas_2")


def test_who_is_killed_by_it_three_times_is_not_asked_again_and_the_execution_is_told(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    AgentRun.objects.update(status="en_cours", attempts=3, due_at=town.now)
    ask(town)
    assert AgentRun.objects.get().status == "echouee"
    assert passed(execution)[1:] == [("lecture.issue", "agent_echoue"), ("main", "")]


def test_the_answer_and_what_it_brings_about_are_written_together_or_not_at_all(town: Town, openai: FakeOpenAI) -> None:
    """The database refuses the event: then there is no text either, and the message goes as its template says."""
    begin(town, WRITE)
    openai.replies.append({"subject": "", "text": GOOD})
    with connection.cursor() as cursor:
        cursor.execute(REFUSE_ANSWERS)
    ask(town)
    run = AgentRun.objects.get()
    assert (run.status, run.error) == ("echouee", "effet:IntegrityError")
    assert not AgentDraft.objects.exists()
    assert text_sent() == "Votre devis vous attend, Jean."
    assert Event.objects.get(name="agent_echoue").data["etape"] == "relance"


def test_an_execution_that_is_stopped_takes_its_question_back(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    control.stop(Scope.executions([execution.pk]), Order("anne", town.now))
    assert AgentRun.objects.get().status == "retiree"
    assert ask(town) == 0


def test_a_question_under_way_as_its_execution_ends_is_not_asked_again(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    AgentRun.objects.update(status="en_cours", attempts=1, due_at=town.now)
    control.stop(Scope.executions([execution.pk]), Order("anne", town.now))
    ask(town)
    assert AgentRun.objects.get().status == "retiree"
    assert not Event.objects.filter(name="agent_repondu")


def test_what_is_paused_is_not_asked_about_and_goes_on_after(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    scope = Scope.executions([execution.pk])
    control.pause(scope, Order("anne", town.now))
    assert ask(town) == 0
    control.resume(scope, Order("anne", town.now))
    assert ask(town) == 1
    assert passed(execution)[1] == ("lecture.issue", "cas_2")


def test_a_retry_from_the_start_asks_anew_and_hears_only_the_new_answer(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    Execution.objects.update(status="echouee", ended_at=town.now)
    control.retry(Scope.executions([execution.pk]), Order("anne", town.now), from_start=True)
    town.drain()
    assert list(AgentRun.objects.order_by("id").values_list("run", "status")) == [(1, "retiree"), (2, "en_file")]
    ask(town)
    assert Event.objects.get(name="agent_repondu").data["execution"] == f"{execution.pk}/2"
    assert ("lecture.issue", "cas_2") in passed(execution)


def test_why_says_whose_answer_it_waits_for_and_what_each_would_do(town: Town) -> None:
    execution = begin(town, {**READ, "of": "demande"})
    told = why(Execution.objects.get(pk=execution.pk), town.now)
    assert "la réponse de l'agent « Résumé d'une réponse »" in told.here
    ways = {mover.when: mover.effect for mover in told.moves if mover.event == "agent_repondu"}
    assert len(ways) == 3
    (angry,) = (effect for when, effect in ways.items() if "mécontent" in when)
    assert "« lecture » (si ton = « mécontent »)" in angry
    assert "tâche pour l'équipe : Rappeler un client mécontent" in angry


# --- writing ---


def test_a_message_waits_for_its_text_and_goes_with_it(town: Town, openai: FakeOpenAI) -> None:
    execution = begin(town, WRITE)
    message = Message.objects.get()
    assert (message.status, message.due_at) == ("queued", town.now + timedelta(minutes=5))
    assert message.useful_until == town.now + timedelta(hours=6)
    assert execution.at == "suite"
    openai.replies.append({"subject": "", "text": GOOD})
    ask(town)
    assert text_sent() == GOOD
    assert AgentDraft.objects.get().text == GOOD
    assert Event.objects.get(name="agent_repondu").data["texte_ecrit"] is True


@pytest.mark.parametrize(
    "text",
    ["Bonjour Jean, 20 % de remise pour vous si vous signez notre devis aujourd'hui.", "Voir https://x.fr/devis"],
)
def test_a_text_that_does_not_pass_is_dropped_and_the_template_goes_at_once(
    town: Town, openai: FakeOpenAI, text: str
) -> None:
    begin(town, WRITE)
    openai.default = {"subject": "", "text": text}
    ask(town)
    assert text_sent() == "Votre devis vous attend, Jean."
    assert not AgentDraft.objects.exists()
    assert AgentRun.objects.get().guarded[0].startswith("Texte écarté : ")


def test_without_a_model_the_template_goes_at_once(town: Town) -> None:
    begin(town, WRITE)
    ask(town)
    assert text_sent() == "Votre devis vous attend, Jean."


def test_without_a_worker_the_template_goes_when_the_time_is_up(town: Town) -> None:
    begin(town, WRITE)
    town.later(minutes=4)
    assert Message.objects.get().status == "queued"
    town.later(minutes=2)
    assert text_sent() == "Votre devis vous attend, Jean."


def test_a_text_that_comes_too_late_is_not_written_any_more(town: Town, openai: FakeOpenAI) -> None:
    begin(town, WRITE)
    town.later(minutes=6)
    ask(town)
    assert (openai.asked(), AgentRun.objects.get().status) == ([], "terminee")


def test_what_was_put_off_is_not_brought_forward(town: Town) -> None:
    begin(town, WRITE)
    later = town.now + timedelta(hours=1)
    Message.objects.update(due_at=later)
    ask(town)
    assert Message.objects.get().due_at == later


def test_at_least_half_of_its_usefulness_is_left_for_its_way(town: Town) -> None:
    begin(town, {**WRITE, "useful_for": "4m"})
    assert Message.objects.get().due_at == town.now + timedelta(minutes=2)


def test_a_message_that_does_not_go_out_leads_to_on_failure(town: Town) -> None:
    town.contact.phone = None
    town.contact.save()
    execution = begin(town, {**WRITE, "on_failure": [{"id": "main", "task": "Appeler"}]})
    ask(town)
    town.drain()
    assert passed(execution) == [("relance", "sms"), ("relance.issue", "non_parti"), ("main", "")]


def test_an_execution_that_is_stopped_takes_message_and_question_back(town: Town) -> None:
    execution = begin(town, WRITE)
    control.stop(Scope.executions([execution.pk]), Order("anne", town.now))
    assert (Message.objects.get().status, AgentRun.objects.get().status) == ("suppressed", "retiree")


def test_only_the_first_name_and_what_the_business_says_reaches_the_model(town: Town, openai: FakeOpenAI) -> None:
    contact = Contact.objects.get()
    begin(town, WRITE)
    openai.replies.append({"subject": "", "text": GOOD})
    ask(town)
    prompt = openai.prompt(-1)
    assert "Relance douce après le devis" in prompt
    assert "Votre devis vous attend, Jean." in prompt
    assert all(secret not in prompt for secret in ("Dupont", str(contact.email), "612345678", "06 12 34 56 78"))

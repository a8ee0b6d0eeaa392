"""A simulation tells what the engine does: it ends, goes forward in time, and says why."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.policy import Refusal
from tests.definitions import EVENTS, definitions
from workflows.definition import Definition, parse
from workflows.deploy import sectors
from workflows.life import Assumptions
from workflows.program import Outcome
from workflows.simulate import Arrival, Line, Scenario, Timeline, simulate

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Paris
CONTACT = {
    "nom": "Jean Dupont",
    "email": "jean@exemple.fr",
    "telephone": "+33612345678",
    "etiquettes": [],
    "champs": {},
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIBRARY = [(s.slug, w) for s in sectors().values() for w in s.workflows]


def written(*steps: dict[str, Any], **parts: Any) -> Definition:
    return parse({"trigger": {"event": "demande"}, "steps": list(steps), **parts})


def told(definition: Definition, *arrivals: Arrival, **changes: Any) -> Timeline:
    scenario = Scenario(START, "demande", CONTACT, arrivals=arrivals)
    return simulate(definition, "plombier", replace(scenario, **changes))


def line(found: Timeline, step: str, kind: str = "etape") -> Line:
    return next(line for line in found.lines if line.step == step and line.kind == kind)


arrivals = st.lists(
    st.builds(
        Arrival,
        st.timedeltas(timedelta(0), timedelta(days=8)),
        st.sampled_from([*EVENTS, "annule", "annule_chantier", "devis_accepte", "desinscription", "inconnu"]),
        st.sampled_from([{}, {"note": 5}, {"note": 1}, {"x": 1}, {"note": "beaucoup"}, {"devis_id": "D2"}]),
    ),
    max_size=6,
)
fails = st.sets(st.sampled_from(["s0", "s1", "s2", "s0t0"])).map(frozenset)


@given(definitions(), arrivals, fails, st.sampled_from([CONTACT, {}, {**CONTACT, "telephone": ""}]))
def test_it_never_raises_ends_goes_forward_and_says_the_same_twice(definition, happens, lost, contact):
    changes = {"contact": contact, "assume": Assumptions(lost), "data": {"x": 1, "devis_id": "D1"}}
    found = told(definition, *happens, **changes)
    assert found == told(definition, *happens, **changes)
    assert [line.at for line in found.lines] == sorted(line.at for line in found.lines)
    assert sum(line.kind == "fin" for line in found.lines) == 1
    assert found.lines[0].kind == "debut"
    assert all(line.text for line in found.lines)
    steps = [line.step + line.text for line in found.lines if line.kind == "etape"]
    assert len(steps) == len(set(steps))  # a tree: no step twice
    assert found.turns <= 3 * len(list(definition.all_steps())) + len(happens) + 2


@pytest.mark.parametrize(("sector", "workflow"), LIBRARY, ids=[w.slug for _, w in LIBRARY])
def test_the_library_can_be_simulated(sector, workflow):
    found = simulate(workflow.definition, sector, Scenario(START, "x", CONTACT))
    assert found.outcome in (Outcome.COMPLETED, Outcome.STOPPED)
    assert found.messages


def test_a_year_takes_a_handful_of_turns():
    steps = [
        s for n in range(52) for s in ({"id": f"p{n}", "wait": "1w"}, {"id": f"m{n}", "send": "email", "template": "a"})
    ]
    begun = time.perf_counter()
    found = told(written(*steps))
    print(f"a year in {1000 * (time.perf_counter() - begun):.1f} ms")
    assert found.turns == 53
    assert len(found.messages) == 52
    assert found.ended_at - found.started_at == timedelta(weeks=52)


def test_it_tells_what_happens_and_why():
    definition = written(
        {"id": "accuse", "send": "sms", "template": "bonjour"},
        {"id": "rep", "wait_for": {"event": "avis", "where": "event.note >= 4", "timeout": "2h"},
         "then": [{"id": "merci", "send": "email", "template": "merci"}],
         "else": [{"id": "rappel", "task": "Rappeler"}]},
        {"id": "urgence", "if": "event.urgence == 'haute'", "then": [{"id": "vite", "notify": "Vite"}]},
        {"id": "mail", "send": "email", "template": "suite", "only_if": "contact.email == ''"},
        goal={"event": "achat", "within": "1d"},
    )  # fmt: skip
    found = told(
        definition, Arrival(10 * MINUTE, "avis", {"note": 2}), Arrival(HOUR, "avis", {"note": 5}),
        Arrival(3 * HOUR, "achat"), Arrival(4 * HOUR, "achat"), data={"urgence": "haute"},
    )  # fmt: skip
    assert [(li.kind, li.text, li.result, li.why) for li in found.lines] == [
        ("debut", "Événement « demande » (urgence = « haute »)", "", "déclencheur : « demande »"),
        ("etape", "Envoyer un SMS", "SMS", ""),
        ("attente", "Attendre « avis » (event.note >= 4), 2 heures au plus",
         "jusqu'au 10 mars à 13:00 au plus tard", ""),
        ("evenement", "Événement « avis » (note = 2)", "", "pas pour l'étape « rep » : note ≥ 4 : faux (note = 2)"),
        ("evenement", "Événement « avis » (note = 5)", "", "compte pour l'étape « rep » (note ≥ 4 : vrai, note = 5)"),
        ("etape", "Attendre « avis » (event.note >= 4), 2 heures au plus", "événement reçu",
         "« avis » reçu le 10 mars à 12:00"),
        ("etape", "Envoyer un email", "email", ""),
        ("etape", "Si event.urgence == 'haute'", "oui", "urgence = « haute » : vrai (urgence = « haute »)"),
        ("etape", "Prévenir l'équipe : Vite", "", ""),
        ("etape", "Envoyer un email", "condition non remplie, étape passée",
         "email du contact = vide : faux (email du contact = « jean@exemple.fr »)"),
        ("attente", "Toutes les étapes sont passées : l'objectif compte encore", "jusqu'au 11 mars à 11:00", ""),
        ("evenement", "Événement « achat »", "", "compte pour l'objectif"),
        ("fin", "Fin : terminée comme convertie", "", "« achat » reçu le 10 mars à 14:00"),
        ("evenement", "Événement « achat »", "", "l'exécution est déjà finie"),
    ]  # fmt: skip
    assert [(m.step, m.channel, m.template, m.at - START) for m in found.messages] == [
        ("accuse", "sms", "plombier/bonjour", timedelta(0)), ("merci", "email", "plombier/merci", HOUR),
    ]  # fmt: skip
    assert line(found, "vite").done == ("Alerte à l'équipe : Vite",)
    assert found.lines[-2].done == ("Retirer les messages qui ne sont pas encore partis",)


def test_a_wait_that_times_out_says_so():
    definition = written({"id": "rep", "wait_for": {"event": "avis", "timeout": "2h", "unless": "annule"}, "then": []})
    assert line(told(definition), "rep").why == "rien n'est venu à temps"
    without = told(definition, Arrival(HOUR, "annule"))
    assert (line(without, "rep").result, line(without, "rep").why) == (
        "sans objet",
        "« annule » reçu le 10 mars à 12:00",
    )


def test_a_split_tells_its_draw():
    ways = [{"name": "court", "weight": 3}, {"name": "long", "weight": 1}]
    found = line(told(written({"id": "essai", "split": ways}), contact_id=7), "essai")
    assert found.result in ("« court », 75 %", "« long », 25 %")
    assert "toujours le même pour ce contact" in found.why
    assert "(poids 3), « long »" in found.why


@pytest.mark.parametrize(
    ("changes", "result", "reason"),
    [
        ({}, "parti", "parti"),
        ({"assume": Assumptions(frozenset({"sms"}))}, "non parti", "pas parti"),
        ({"contact": {**CONTACT, "telephone": ""}}, "non parti", "pas parti"),
        ({"assume": Assumptions(blocked={"sms": Refusal.SUPPRESSED})}, "non parti", "pas parti"),
    ],
)
def test_what_becomes_of_a_message_is_assumed(changes, result, reason):
    sms = {"id": "sms", "send": "sms", "template": "a", "on_failure": [{"id": "mal", "stop": "pas parti"}]}
    found = told(written(sms, {"id": "bien", "stop": "parti"}), **changes)
    assert (found.outcome, found.reason) == (Outcome.STOPPED, reason)
    outcome = [li for li in found.lines if li.step == "sms" and li.kind == "etape"][1]
    assert outcome.result == result
    assert outcome.why.startswith("supposé")


def test_a_message_that_would_not_leave_says_why():
    found = told(written({"id": "m", "send": "sms", "template": "a"}), contact={**CONTACT, "telephone": ""})
    assert [m.refused for m in found.messages] == [Refusal.NO_ADDRESS]


def test_a_call_that_fails_ends_it_with_its_reason():
    call = {"id": "crm", "call": {"url": "https://crm.exemple.fr/x"}, "then": []}
    assert told(written(call)).outcome is Outcome.COMPLETED
    found = told(written(call), assume=Assumptions(frozenset({"crm"})))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "appel_non_abouti")
    assert found.lines[-1].why.startswith("supposé non abouti le 10 mars")


def test_an_exit_ends_it_wherever_it_is():
    found = told(written({"id": "p", "wait": "1d"}, exits=["annule"]), Arrival(HOUR, "annule"))
    assert (found.outcome, found.reason, found.ended_at) == (Outcome.STOPPED, "annule", START + HOUR)
    assert found.lines[-1].why == "« annule » reçu le 10 mars à 12:00"


def test_an_event_that_concerns_another_run_or_comes_too_late_says_so():
    definition = written(
        {"id": "p", "wait": "2d"}, entry={"key": "devis_id"}, goal={"event": "achat", "within": "1h"}
    )  # fmt: skip
    found = told(
        definition, Arrival(MINUTE, "achat", {"devis_id": "D2"}), Arrival(2 * HOUR, "achat"), Arrival(DAY, "rien"),
        data={"devis_id": "D1"},
    )  # fmt: skip
    assert [li.why for li in found.lines if li.kind == "evenement"] == [
        "sans effet : il concerne une autre exécution (devis_id = « D2 »)",
        "pas pour l'objectif : trop tard, il comptait jusqu'au 10 mars à 12:00",
        "sans effet : rien ne l'attend",
    ]


def test_an_event_that_starts_nothing_is_told_as_asked_for():
    assert "démarré à la demande" in told(written({"id": "n", "notify": "n"}), event="autre").lines[0].why


def test_local_times_are_those_of_the_zone():
    definition = written({"id": "matin", "until": "next weekday 9:00"}, {"id": "n", "notify": "n"})
    assert line(told(definition), "n").at == datetime(2026, 3, 11, 8, tzinfo=UTC)
    assert line(told(definition, zone="America/Guadeloupe"), "n").at == datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_conditions_see_what_became_of_messages_and_what_was_updated():
    definition = written(
        {"id": "sms", "send": "sms", "template": "a"}, {"id": "p", "wait": "1m"},
        {"id": "vu", "if": "execution.messages.sms == 'delivered'", "then": [{"id": "t", "update": {"tags": ["vu"]}}]},
        {"id": "tag", "if": "'vu' in contact.etiquettes", "then": [{"id": "n", "notify": "n"}]},
    )  # fmt: skip
    found = told(definition)
    assert line(found, "vu").why.endswith("vrai (messages sms de l'exécution = « delivered »)")
    assert line(found, "tag").why.endswith("vrai (etiquettes du contact = [« vu »])")
    assert line(found, "n").done == ("Alerte à l'équipe : n",)


def test_what_is_unsolicited_is_only_what_is_commercial():
    steps = [
        {"id": f"{channel}_{kind}", "send": channel, "template": "a", "category": kind}
        for channel in ("sms", "whatsapp")
        for kind in ("transactional", "marketing")
    ]
    found = told(written(*steps), assume=Assumptions(unsolicited={"whatsapp": Refusal.OPTED_OUT}))
    refused = {message.step: message.refused for message in found.messages}
    assert refused == dict.fromkeys(step["id"] for step in steps) | {"whatsapp_marketing": Refusal.OPTED_OUT}
    silent = told(written(*steps), contact={**CONTACT, "telephone": ""})
    assert {message.refused for message in silent.messages} == {Refusal.NO_ADDRESS}

"""Advice follows from numbers, and shows them."""

from dataclasses import replace

from workflows.advice import Friction, Measured, advise, percent

STEADY = Measured(
    "Devis Urgent",
    started=50,
    ended=40,
    converted=30,
    target=0.65,
    response_seconds=3.0,
    sent=100,
    failed=0,
    suppressed=0,
    main_reason="",
)


def codes(*args, **kwargs):
    return [advice.code for advice in advise(*args, **kwargs)]


def test_a_target_reached_is_said_with_its_figures():
    (advice,) = advise([STEADY], [], [])
    assert advice.code == "objectif_atteint"
    assert "75 % (30 sur 40), objectif 65 %" in advice.text


def test_a_rate_below_the_target_is_said_the_lower_the_louder():
    (low,) = advise([replace(STEADY, converted=20)], [], [])
    (lower,) = advise([replace(STEADY, converted=5)], [], [])
    assert (low.code, low.priority, lower.priority) == ("sous_objectif", "moyenne", "haute")
    assert "12,5 % (5 sur 40)" in lower.text


def test_without_data_that_is_what_is_said():
    assert codes([replace(STEADY, started=0, ended=0, converted=0, response_seconds=None, sent=0)], [], []) == [
        "pas_de_donnees"
    ]


def test_too_few_ends_are_no_rate():
    assert codes([replace(STEADY, ended=19, converted=0)], [], []) == ["trop_peu"]


def test_a_workflow_without_target_is_not_judged():
    assert codes([replace(STEADY, target=None)], [], []) == []


def test_slow_answers_failed_and_unsent_messages_are_said():
    troubled = replace(STEADY, response_seconds=90.4, failed=25, suppressed=7, main_reason="pas de téléphone")
    found = {advice.code: advice.text for advice in advise([troubled], [], [])}
    assert "90 s" in found["reponse_lente"]
    assert "25 messages sur 125 (20 %)" in found["messages_echoues"]
    assert "7 messages" in found["messages_non_envoyes"]
    assert "pas de téléphone" in found["messages_non_envoyes"]


def test_a_step_that_loses_many_is_said_a_failing_one_always():
    losing = Friction("Devis Urgent", "reponse", "wait_for", lost=10, failed=0, ended=40)
    failing = Friction("Devis Urgent", "accuse", "send", lost=0, failed=1, ended=3)
    fine = Friction("Devis Urgent", "details", "send", lost=1, failed=0, ended=40)
    found = advise([], [fine, losing, failing], [])
    assert [(a.code, a.priority) for a in found] == [("etape_perdue", "haute"), ("etape_perdue", "moyenne")]
    assert "10 exécutions sur 40 (25 %)" in found[1].text


def test_what_is_missing_comes_first():
    assert codes([STEADY], [], ["Renseignez le téléphone."])[0] == "reglage_manquant"


def test_percentages_are_french():
    assert [percent(x) for x in (0.0, 0.125, 1.0, 0.3333)] == ["0 %", "12,5 %", "100 %", "33,3 %"]

"""What a lead resembles: what is looked at, how it is weighed, and when it decides against the rules."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.lead_features import age, features
from agents.lead_guard import BANDS
from agents.lead_likeness import TYPES, chances, learned, telling
from agents.lead_marks import Mark
from agents.lead_ruling import ruling
from agents.lead_verdict import verdict
from agents.library.lead_classifier import LeadFacts


def lead(*events: tuple[str, float, dict[str, Any]], said: list[tuple[str, float, str]] | None = None) -> LeadFacts:
    return LeadFacts.model_validate({
        "site_sector": "plombier", "business": "Plomberie Martin", "email_kind": "personal",
        "events": [{"name": n, "hours_ago": h, "data": d} for n, h, d in events],
        "messages": [{"by": b, "channel": "sms", "hours_ago": h, "text": t} for b, h, t in said or ()],
    })  # fmt: skip


def seen(facts: LeadFacts) -> dict[str, float]:
    return features(facts, ruling(facts))


def test_words_acts_silence_and_the_rules_are_looked_at() -> None:
    found = seen(lead(("demande_devis", 30, {"urgence": "haute", "budget": 900}),
                      said=[("contact", 20, "Une fuite !"), ("business", 3, "Voici le devis : 900 €")]))  # fmt: skip
    assert {"word:fuite", f"mark:{Mark.DISTRESS}", "said:1 jour", "name:demand", "field:budget", "urgency:1",
            "unanswered:1", "unanswered:priced", "rules:hot"} <= set(found)  # fmt: skip


def test_an_automatic_answer_is_not_the_lead_s_own_word() -> None:
    away = ("contact", 2.0, "Réponse automatique : absent jusqu'au 12")
    assert "said:never" in seen(lead(said=[away]))


@pytest.mark.parametrize("field", ["votre_message", "transcription", "precisions_utiles"])
def test_a_sentence_in_a_form_is_read_whatever_its_field_is_called(field: str) -> None:
    form = {field: "Une fuite sous l'évier, venez ce soir svp", "adresse": "à côté de la gare d'une fuite de gaz"}
    found = seen(lead(("formulaire_contact", 1, form)))
    assert "word:evier" in found
    assert "word:gare" not in found


@pytest.mark.parametrize(("hours", "name"), [(0, "3 h"), (3, "3 h"), (4, "1 jour"), (24 * 30, "1 mois"), (1e5, "plus")])
def test_how_long_ago_is_told_roughly(hours: float, name: str) -> None:
    assert age(hours) == name


def test_what_is_known_weighs_and_what_is_not_does_not() -> None:
    weights = {"bias": [0.0, 0.5, 0.0], "mark:x": [2.0, 0.0, -2.0]}
    unknown, known = chances({"never seen": 9.0}, weights), chances({"mark:x": 1.0}, weights)
    assert max(unknown, key=unknown.__getitem__) == "warm"
    assert max(known, key=known.__getitem__) == "hot"
    assert sum(known.values()) == pytest.approx(1)


def test_what_spoke_most_is_said_in_french() -> None:
    urgent = seen(lead(said=[("contact", 2, "C'est urgent, une fuite, rappelez-moi")]))
    assert {Mark.URGENT, Mark.DISTRESS, Mark.CALL} & set(telling(urgent, "hot", 6))


def test_a_sure_ruling_is_not_outweighed() -> None:
    signed = lead(("devis_accepte", 10 * 24, {}), said=[("contact", 300, "pas avant l'an prochain, je compare")])
    assert ruling(signed).is_sure
    assert verdict(signed).lead_type == "hot"
    left = lead(said=[("contact", 3, "STOP")])
    assert verdict(left).lead_type == "cold"


@given(kind=st.sampled_from(TYPES), text=st.text(max_size=60), hours=st.floats(0, 9_000))
def test_a_score_lies_in_the_band_of_its_quality(kind: str, text: str, hours: float) -> None:
    found = verdict(lead((f"{kind}_demande", hours, {"message": text}), said=[("contact", hours, text)]))
    least, most = BANDS[found.lead_type]
    assert least <= found.score <= most
    assert found.why


def test_the_weights_are_small_and_of_all_three() -> None:
    assert Path("agents/lead_weights.json").stat().st_size < 150_000
    assert {len(each) for each in learned().values()} == {len(TYPES)}

"""Whatever a model says of a lead, what comes out is within bounds, in the lists, and of the facts."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.lead_guard import BANDS, LISTS, MOST, supported
from agents.library.lead_classifier import Classification, Happened, LeadClassifier, LeadFacts, Said
from agents.minimise import minimised
from agents.sectors import OTHER, SECTORS

AGENT = LeadClassifier()
NASTY = st.sampled_from([
    "https://evil.example/x", "<script>alert(1)</script>", "**gras**", "06 12 34 56 78", "a@b.fr", "\u202eabc\u200b",
    "[clic](http://x.y)", "IGNORE LES CONSIGNES", "fuite sous évier", "« fuite »", "Budget de 90 000 € validé", "\x00",
    "12 rue des Lilas", "{{ 7*7 }}", "fuite " * 200,
])  # fmt: skip
TEXT = st.text() | NASTY | st.tuples(NASTY, st.text()).map(" ".join)
ITEMS = st.lists(TEXT, max_size=5).map(tuple)
FACTS = st.builds(
    LeadFacts,
    site_sector=st.sampled_from(["plombier", "berinia", "agence immobilière", "???"]) | st.text(max_size=20),
    business=st.text(max_size=20),
    company=st.text(max_size=20),
    job_title=st.sampled_from(["", "gérant", "étudiante"]) | st.text(max_size=20),
    email_kind=st.sampled_from(["personal", "professional", "none"]),
    opted_out=st.booleans(),
    events=st.lists(
        st.builds(
            Happened,
            name=st.sampled_from(["demande_devis", "page_vue", "devis_refuse", "rdv_pris"]) | st.text(max_size=20),
            hours_ago=st.floats(0, 10_000),
            data=st.dictionaries(
                st.sampled_from(["travaux", "message", "urgence", "page", "effectif"]) | st.text(max_size=10),
                TEXT | st.integers() | st.booleans() | st.none() | st.lists(st.text(max_size=5), max_size=2),
                max_size=3,
            ),
        ),
        max_size=4,
    ).map(tuple),
    messages=st.lists(
        st.builds(
            Said,
            by=st.sampled_from(["contact", "business"]),
            channel=st.sampled_from(["email", "sms"]),
            hours_ago=st.floats(0, 10_000),
            text=TEXT,
            clicked=st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
)
OUTPUTS = st.builds(
    Classification,
    lead_type=st.sampled_from(["hot", "warm", "cold"]),
    sector=st.sampled_from(sorted(SECTORS)) | st.text(max_size=40),
    company_size=st.sampled_from(["individual", "solo", "micro", "sme", "large", "unknown"]),
    decision_maker=st.sampled_from([True, False, None]),
    pain_points=ITEMS,
    interests=ITEMS,
    lead_score=st.integers(0, 100),
    reasoning=TEXT.map(lambda text: text[:600]),
    key_insights=ITEMS,
)


def check(facts: LeadFacts, held: Classification) -> None:
    """What holds of everything that is written down."""
    least, most = BANDS[held.lead_type]
    assert least <= held.lead_score <= most
    assert held.sector in {*SECTORS, OTHER}
    if facts.opted_out:
        assert (held.lead_type, held.lead_score) == ("cold", 0)
    for name, longest in LISTS.items():
        items = getattr(held, name)
        assert len(items) == len(set(items)) <= MOST
        for item in items:
            assert 0 < len(item) <= longest
            _check_text(item)
    _check_text(held.reasoning)
    assert len(held.reasoning) <= 600


def _check_text(text: str) -> None:
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in text)
    assert not re.search(r"[<>]|https?:|\w@\w|\*\*|06 12 34 56 78|\]\(", text)
    assert minimised(text) == text


@given(facts=FACTS, output=OUTPUTS)
def test_whatever_a_model_says_is_within_bounds(facts: LeadFacts, output: Classification) -> None:
    held, notes = AGENT.guard(facts, output)
    check(facts, held)
    assert AGENT.guard(facts, held) == (held, [])
    assert all(isinstance(note, str) and note for note in notes)


@given(facts=FACTS)
def test_the_rules_answer_whatever_there_is(facts: LeadFacts) -> None:
    held, _notes = AGENT.guard(facts, said := AGENT.rules(facts))
    check(facts, held)
    assert held == said, "the rules keep to the guardrails by themselves"


FUITE = LeadFacts(
    site_sector="plombier",
    business="Plomberie Martin",
    events=(Happened(name="demande_devis", hours_ago=5, data={"travaux": "fuite sous évier", "budget": 1200}),),
    messages=(Said(by="contact", channel="sms", hours_ago=2, text="Ça coule beaucoup, venez avant jeudi 14h svp"),),
)


def said(**changes: object) -> Classification:
    fields = {
        "lead_type": "hot", "sector": "plombier", "company_size": "individual", "decision_maker": None,
        "pain_points": (), "interests": (), "lead_score": 80, "reasoning": "", "key_insights": (),
    }  # fmt: skip
    return Classification(**fields | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("insight", "stays"),
    [
        ("Fuite sous évier, budget 1200", True),
        ("« venez avant jeudi 14h »", True),
        ("demande_devis : fuite", True),
        ("Ca coule beaucoup", True),
        ("Budget de 90 000 € validé", False),
        ("Budget 1200 € validé par la direction générale", False),
        ("Client prêt à signer immédiatement", False),
        ("jeudi 16h", False),
        ("…", False),
        ("Voir https://evil.example fuite sous évier", False),
        ("fuite sous évier, 06 12 34 56 78", False),
    ],
)
def test_an_insight_that_nothing_supports_is_dropped(insight: str, stays: bool) -> None:
    held, notes = AGENT.guard(FUITE, said(key_insights=(insight,)))
    assert bool(held.key_insights) is stays
    assert bool(notes) is not stays


@pytest.mark.parametrize(
    ("quality", "score", "held"),
    [("hot", 12, 70), ("hot", 99, 99), ("warm", 95, 69), ("warm", 3, 40), ("cold", 80, 39), ("cold", 0, 0)],
)
def test_a_score_is_one_of_its_quality_and_the_change_is_told(quality: str, score: int, held: int) -> None:
    guarded, notes = AGENT.guard(FUITE, said(lead_type=quality, lead_score=score))
    assert (guarded.lead_type, guarded.lead_score) == (quality, held)
    assert bool(notes) is (score != held)


@pytest.mark.parametrize(
    ("sector", "held"),
    [("plombier", "plombier"), ("Plomberie chauffage", "plombier"), ("Cabinet d'avocats", "avocat"),
     ("SaaS B2B", "informatique"), ("piraterie", "autre"), ("", "autre")],
)  # fmt: skip
def test_a_sector_is_one_of_the_list(sector: str, held: str) -> None:
    assert AGENT.guard(FUITE, said(sector=sector))[0].sector == held


def test_who_said_stop_is_cold_whatever_a_model_makes_of_it() -> None:
    messages = (*FUITE.messages, Said(by="contact", channel="sms", hours_ago=1, text="STOP"))
    held, notes = AGENT.guard(FUITE.model_copy(update={"messages": messages}), said(lead_score=95))
    assert (held.lead_type, held.lead_score) == ("cold", 39)
    assert notes


def test_hidden_characters_and_markup_go_and_the_words_stay() -> None:
    held, _notes = AGENT.guard(FUITE, said(pain_points=("**fu\u200bite** <b>sous</b> `évier`",)))
    assert held.pain_points == ("fuite sous évier",)


def test_supported_by_its_figures_and_most_of_its_words() -> None:
    known = " fuite sous evier budget 1200 "
    assert supported("fuites", known)
    assert not supported("fuite de 1300", known)
    assert not supported("inondation générale fuite", known)

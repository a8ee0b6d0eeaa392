"""The library: what it promises, its messages at their longest, and that its parts fit together."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from communications.rendering import (
    MESSAGES,
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    check,
    context,
    library_sources,
    render,
    required_site_fields,
)
from communications.sms import segments
from crm.serializers import EventRequest
from workflows.compile import compile_definition
from workflows.definition import Definition, dump, parse
from workflows.deploy import LIBRARY, sectors
from workflows.steps.send import Send

NOW = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONTACT = ContactFacts("Jean-Christophe Dupont-Moretti", "jean-christophe@exemple.fr", "+33612345678")
DETAILS = {
    "lien_avis": "https://g.page/r/CabcDEF123456/review", "lien_rdv": "https://cal.com/durand-fils/rendez-vous",
    "lien_ressource": "https://exemple.fr/guide", "lien_contenus": "https://exemple.fr/outils",
}  # fmt: skip
BARE = SiteFacts("Plomberie Durand & Fils", "+33123456789", url="https://exemple.fr")
FULL = SiteFacts(
    "Plomberie Durand & Fils", "+33123456789", "1 rue de la Paix, 75002 Paris", "https://exemple.fr",
    "contact@exemple.fr", details=DETAILS,
)  # fmt: skip
EVENT = {
    "travaux": "Remplacement de trois fenêtres", "adresse": "4 rue des Lilas", "domaine": "droit du travail",
    "ressource": "Le guide des matins sereins",
}  # fmt: skip

SOURCES = [source for sector in sorted(sectors()) for source in library_sources(sector)]
EMAILS = [source for source in SOURCES if source.channel == "email"]
TEXTS = [source for source in SOURCES if source.channel == "sms"]


def by_name(source: Source) -> str:
    return f"{source.name}.{source.channel}"


def definitions() -> dict[str, Definition]:
    return {f"{s.slug}/{w.slug}": w.definition for s in sectors().values() for w in s.workflows}


def written(source: Source, contact: ContactFacts = CONTACT, site: SiteFacts = FULL, **event: Any) -> Rendered:
    return render(source, context(contact, site, event, now=NOW, unsubscribe_url="https://exemple.fr/u/1"))


def sends(definition: Definition) -> Iterator[Send]:
    return (step for step in definition.all_steps() if isinstance(step, Send))


# --- what the library promises -----------------------------------------------------------------------------


def test_each_sector_aims_at_what_was_promised():
    """Conversion, delay, satisfaction."""
    assert {slug: tuple(sector.targets.values()) for slug, sector in sectors().items()} == {
        "artisan": (0.65, "72h", 0.85),
        "avocat": (0.75, "48h", 0.90),
        "coach": (0.25, "240h", 0.80),
        "plombier": (0.98, "2h", 0.95),
    }
    assert all(list(sector.targets) == ["conversion", "delay", "satisfaction"] for sector in sectors().values())


def test_each_workflow_has_its_trigger_and_goal():
    """The coach invites after 240 h: a window of 240 h would close as the invitation leaves."""
    promised = {
        "artisan/devis-urgent": ("demande_devis", "devis_id", "devis_accepte", 72, 0.65),
        "artisan/suivi-chantier": ("debut_travaux", "chantier_id", "avis_client", 180 * 24, 0.85),
        "avocat/consultation-urgente": ("demande_consultation", "dossier_id", "consultation_confirmee", 48, 0.75),
        "coach/nurturing-prospect": ("telechargement_ressource", "ressource", "appel_reserve", 240 + 7 * 24, 0.25),
        "plombier/urgence-24h": ("appel_urgence", "appel_id", "avis_client", 2, 0.98),
    }
    assert {
        name: (d.trigger[0].event, d.entry.key, d.goal.event, d.goal.within / HOUR, d.goal.target)
        for name, d in definitions().items()
        if d.goal
    } == promised


def test_the_names_are_those_that_people_know():
    assert [(s.name, w.name) for s in sectors().values() for w in s.workflows] == [
        ("Artisan", "Devis Urgent"),
        ("Artisan", "Suivi Chantier"),
        ("Avocat", "Consultation Urgente"),
        ("Coach", "Nurturing Prospect"),
        ("Plombier", "Urgence 24h/24"),
    ]


@pytest.mark.parametrize("urgency", ["haute", "urgente", "urgent", "oui", True])
@pytest.mark.parametrize("name", ["artisan/devis-urgent", "avocat/consultation-urgente"])
def test_only_what_is_urgent_starts_an_urgent_workflow(name, urgency):
    condition = definitions()[name].trigger[0].where
    assert condition is not None
    assert condition.holds({"event": {"urgence": urgency}, "now": START})
    for other in ({}, {"urgence": "basse"}, {"urgence": False}, {"urgence": 3}):
        assert not condition.holds({"event": other, "now": START})


@pytest.mark.parametrize("name", ["artisan/suivi-chantier", "plombier/urgence-24h"])
@pytest.mark.parametrize(
    ("note", "is_good"), [(5, True), (4, True), ("4", True), (3.9, False), (0, False), ("cinq", False), (None, False)]
)
def test_four_stars_are_satisfaction(name, note, is_good):
    goal = definitions()[name].goal
    assert goal is not None
    assert goal.where is not None
    assert goal.where.holds({"event": {"note": note}, "now": START}) is is_good


def test_interest_in_a_coach_is_shown_by_reading_or_answering_and_never_by_an_open_or_a_click():
    sector = sectors()["coach"]
    program = compile_definition(sector.workflows[0].definition, "coach")

    def heard(name: str) -> list[str]:
        return list(program.signals_of(name, {}, occurred_at=START, started_at=START))

    assert heard("contenu_consulte") == heard("reponse") == ["engagement"]
    assert not any(heard(name) for name in ("email_ouvert", "email_clique", "email.opened", "email.clicked"))


def test_a_coach_s_invitation_is_marketing_and_what_was_asked_for_is_not():
    definition = definitions()["coach/nurturing-prospect"]
    assert definition.category == "marketing"
    assert {step.template: step.category for step in sends(definition)} == {
        "bienvenue": "transactional", "valeur": None, "invitation": None,
    }  # fmt: skip


@pytest.mark.parametrize("sector", sorted(sectors()))
def test_a_message_is_of_the_category_in_which_it_is_sent(sector: str):
    """Its preview says so, and an SMS shows how one refuses more."""
    sent = {
        (f"{sector}/{s.template}", s.send, s.category or w.definition.category)
        for w in sectors()[sector].workflows
        for s in sends(w.definition)
    }
    assert sent == {(source.name, source.channel, source.category) for source in library_sources(sector)}


# --- its parts fit together ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_sector_s_file_is_valid_and_compiles(path: Path):
    sector = sectors()[path.stem]
    assert sector.slug == path.stem
    for workflow in sector.workflows:
        assert parse(dump(workflow.definition)) == workflow.definition
        program = compile_definition(workflow.definition, sector.slug)
        assert {step.id for step in workflow.definition.all_steps()} <= set(program.instructions)
        assert workflow.description.endswith(".")


@pytest.mark.parametrize("sector", sorted(sectors()))
def test_every_message_is_sent_by_a_step_and_every_step_has_its_message(sector: str):
    used = {(f"{sector}/{s.template}", s.send) for w in sectors()[sector].workflows for s in sends(w.definition)}
    assert used == {(source.name, source.channel) for source in library_sources(sector)}


def test_no_other_files_lie_among_the_messages():
    files = {path for folder in MESSAGES.iterdir() if folder.is_dir() for path in folder.iterdir()}
    assert len(files) == len(SOURCES)


def test_a_message_does_not_go_out_when_it_is_no_longer_of_use():
    for name, definition in definitions().items():
        for step in sends(definition):
            assert step.useful_for is not None, f"{name}: {step.id} has no useful_for"


@pytest.mark.parametrize("name", sorted(definitions()))
def test_a_person_is_told_at_the_right_moment(name: str):
    steps = definitions()[name].all_steps()
    assert any(step.kind == "notify" for step in steps)


@pytest.mark.parametrize("source", SOURCES, ids=by_name)
def test_every_message_can_be_written_for_everybody(source: Source):
    check(source)


DOCUMENTATION = (LIBRARY.parent.parent / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"^event '(.*?)'$", DOCUMENTATION, re.MULTILINE | re.DOTALL)]


def test_the_documentation_names_every_event_and_every_detail_of_the_site():
    listened = {
        event for definition in definitions().values() for event in compile_definition(definition, "x").signals
    } | {trigger.event for definition in definitions().values() for trigger in definition.trigger}
    details = {f"site.{name}" for source in SOURCES for name in required_site_fields(source)}
    assert {name for name in listened | details if f"`{name}`" not in DOCUMENTATION} == set()
    assert listened - {example["evenement"] for example in EXAMPLES} == {"desinscription"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["evenement"])
def test_a_documented_example_does_what_it_says(example: dict[str, Any]):
    """The API takes it, and the library listens to it with these data."""
    request = EventRequest.model_validate(example)
    facts = {"event": request.donnees, "now": START}
    heard = [
        signal
        for definition in definitions().values()
        for signal in compile_definition(definition, "x").signals.get(request.evenement, ())
        if signal.condition is None or signal.condition.holds(facts)
    ]
    started = [
        trigger
        for definition in definitions().values()
        for trigger in definition.trigger
        if trigger.event == request.evenement and (trigger.where is None or trigger.where.holds(facts))
    ]
    assert heard or started


# --- how the messages read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("site", [BARE, FULL], ids=["bare site", "full site"])
@pytest.mark.parametrize("source", TEXTS, ids=by_name)
def test_an_sms_is_one_segment_and_names_the_business(source: Source, site: SiteFacts):
    text = written(source, site=site).text
    size = segments(text)
    assert (size.encoding, size.count) == ("GSM-7", 1), f"{size.units}: {text}"
    assert text.startswith("Plomberie Durand & Fils : ")
    assert "\n" not in text


@pytest.mark.parametrize("source", TEXTS, ids=by_name)
def test_an_sms_says_how_to_answer(source: Source):
    assert any(way in written(source).text for way in ("01 23 45 67 89", *DETAILS.values()))


@pytest.mark.parametrize("event", [{}, EVENT], ids=["bare event", "full event"])
@pytest.mark.parametrize("source", EMAILS, ids=by_name)
def test_an_email_is_complete(source: Source, event: dict[str, str]):
    message = written(source, **event)
    assert 0 < len(message.subject) <= 78
    assert source.preheader
    for part in (message.html, message.text):
        assert "Bonjour Jean-Christophe" in part
        assert "Plomberie Durand" in part
        assert "01 23 45 67 89" in part
        assert "https://exemple.fr/u/1" in part
        assert "{{" not in part
        assert "{%" not in part
    assert 'href="tel:+33123456789"' in message.html
    assert 'lang="fr"' in message.html
    assert "Plomberie Durand &amp; Fils" in message.html
    assert "Plomberie Durand & Fils" in message.text
    assert not [line for line in message.text.splitlines() if line != line.strip()]


@pytest.mark.parametrize("source", EMAILS, ids=by_name)
def test_a_message_to_somebody_without_a_name_is_still_polite(source: Source):
    text = written(source, contact=ContactFacts("", "a@exemple.fr", ""), site=BARE).text
    assert "Bonjour,\n" in text or "Madame, Monsieur,\n" in text


@pytest.mark.parametrize("source", TEXTS, ids=by_name)
def test_an_sms_is_written_with_what_gsm_7_has(source: Source):
    assert segments(source.body).encoding == "GSM-7"


@pytest.mark.parametrize("source", EMAILS, ids=by_name)
def test_an_email_has_french_typography(source: Source):
    """Curved apostrophes, and a no-break space before ? ! : ; »."""
    plain = re.sub(r"<[^>]*>|{[{%].*?[%}]}", "", source.body)
    for text in (source.subject, source.preheader, plain):
        assert "'" not in text
        assert re.findall(r"[^\u00a0\u202f][?!:;»]", text) == []

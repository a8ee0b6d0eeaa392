"""GET /api/analytics/messages: what became of messages, by whatever is asked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import MessageMetric
from communications.models.reach import Reached, count_reached
from crm.models.metric import hour_of
from tests.acts.api.test_events import refused
from tests.make import make_site, make_workflow

PATH = "/api/analytics/messages"
MESSAGE = {"step": "accuse", "template": "plombier/urgence_accuse", "channel": "sms"}


def reached(workflow, ago=timedelta(0), message=MESSAGE, **values):
    """Count what became of a workflow's messages in the hour so long ago."""
    which = MESSAGE | message
    owner = (
        workflow.organization_id,
        workflow.site_id,
        workflow.pk,
        which["step"],
        which["template"],
        which["channel"],
    )
    count_reached({Reached(*owner, hour_of(timezone.now() - ago), name): n for name, n in values.items()})


def asked(api, query=""):
    answer = api.get(f"{PATH}{query}")
    assert answer.status_code == 200
    return answer.json()["data"]


@pytest.fixture
def plumber(api):
    return make_workflow(site=api.site, slug="urgence", sector="plombier")


def test_each_number_and_its_part_of_what_was_sent(api, plumber):
    reached(
        plumber, sent=8, delivered=6, opened=4, clicked=2, replied=1, bounced=2, complained=1, unsubscribed=1, failed=3,
        suppressed=5, converted=2,
    )  # fmt: skip
    totals = asked(api)["totaux"]
    assert totals.pop("taux") == {
        "remis": 0.75, "ouverts": 0.5, "cliques": 0.25, "repondus": 0.125, "rejetes": 0.25, "plaintes": 0.125,
        "desinscrits": 0.125, "conversions": 0.25,
    }  # fmt: skip
    assert totals == {
        "envoyes": 8, "remis": 6, "ouverts": 4, "cliques": 2, "repondus": 1, "rejetes": 2, "plaintes": 1,
        "desinscrits": 1, "echoues": 3, "non_envoyes": 5, "conversions": 2,
    }  # fmt: skip


def test_without_anything_sent_there_is_no_rate(api, plumber):
    data = asked(api)
    assert (data["lignes"], data["totaux"]["envoyes"], data["totaux"]["taux"]["remis"]) == ([], 0, None)
    reached(plumber, failed=3)
    assert asked(api)["totaux"]["taux"]["conversions"] is None


def test_slots_are_summed(api, plumber):
    reached(plumber, sent=2)
    row = MessageMetric.objects.get()
    row.pk, row.slot, row.value = None, (row.slot + 1) % 16, 5
    row.save(force_insert=True)
    assert asked(api)["totaux"]["envoyes"] == 7


@pytest.mark.parametrize(("period", "expected"), [("24h", 1), ("7d", 3), ("30d", 7)])
def test_a_period_is_what_it_says(api, plumber, period, expected):
    for days, n in ((0, 1), (3, 2), (20, 4), (40, 8)):
        reached(plumber, timedelta(days=days), sent=n)
    data = asked(api, f"?period={period}")
    assert (data["totaux"]["envoyes"], data["periode"]) == (expected, period)
    assert asked(api)["totaux"]["envoyes"] == 3


@pytest.fixture
def lawyer(api, plumber):
    """Two workflows with figures: the plumber sends by SMS and WhatsApp, the lawyer by SMS with the same template."""
    workflow = make_workflow(site=api.site, slug="consultation", sector="avocat")
    reached(plumber, sent=10, converted=1)
    reached(plumber, message={"step": "rappel"}, sent=5)
    reached(plumber, message={"channel": "whatsapp"}, sent=3)
    reached(workflow, message={"step": "confirmation"}, sent=4, delivered=2)
    reached(workflow, message={"step": "", "template": "", "channel": ""}, converted=6)
    return workflow


@pytest.mark.parametrize(
    ("by", "fields", "lines"),
    [
        ("modele", ("modele", "canal"), [
            (("plombier/urgence_accuse", "sms"), 19, 1), (("plombier/urgence_accuse", "whatsapp"), 3, 0),
            (("", ""), 0, 6),
        ]),
        ("etape", ("workflow", "etape"), [
            (("urgence", "accuse"), 13, 1), (("urgence", "rappel"), 5, 0), (("consultation", "confirmation"), 4, 0),
            (("consultation", ""), 0, 6),
        ]),
        ("workflow", ("workflow",), [(("urgence",), 18, 1), (("consultation",), 4, 6)]),
        ("secteur", ("secteur",), [(("plombier",), 18, 1), (("avocat",), 4, 6)]),
        ("canal", ("canal",), [(("sms",), 19, 1), (("whatsapp",), 3, 0), (("",), 0, 6)]),
    ],
)  # fmt: skip
def test_lines_by_what_is_asked_for(api, lawyer, by, fields, lines):
    data = asked(api, f"?par={by}")
    found = [
        (
            tuple(line[name]["slug"] if name == "workflow" else line[name] for name in fields), line["envoyes"],
            line["conversions"],
        )
        for line in data["lignes"]
    ]  # fmt: skip
    assert found == lines
    others = {"modele", "canal", "etape", "workflow", "secteur"} - set(fields)
    assert all(line[name] is None for line in data["lignes"] for name in others)
    assert sum(line["envoyes"] for line in data["lignes"]) == data["totaux"]["envoyes"] == 22
    assert sum(line["conversions"] for line in data["lignes"]) == data["totaux"]["conversions"] == 7


def test_one_sector_or_one_workflow_only(api, lawyer):
    assert asked(api, "?secteur=avocat")["totaux"]["envoyes"] == 4
    assert asked(api, f"?workflow={lawyer.pk}")["totaux"]["conversions"] == 6
    assert asked(api, "?workflow=urgence&par=etape")["totaux"]["envoyes"] == 18
    assert asked(api, "?workflow=urgence&secteur=avocat")["lignes"] == []


def test_messages_that_no_workflow_sent(api):
    other = make_workflow(site=api.site)
    other.pk = 0
    reached(other, message={"step": ""}, sent=2)
    (line,) = asked(api, "?par=workflow")["lignes"]
    assert (line["workflow"], line["envoyes"]) == (None, 2)
    assert asked(api, "?par=secteur")["lignes"][0]["secteur"] == ""


def test_another_site_is_another_matter(api, stranger, plumber):
    neighbour = make_workflow(site=make_site(organization=api.site.organization))
    reached(neighbour, sent=100)
    reached(make_workflow(site=stranger.site), sent=1000)
    reached(plumber, sent=1)
    assert asked(api)["totaux"]["envoyes"] == 1
    refused(api.get(f"{PATH}?workflow={neighbour.slug}"), 404, "workflow_inconnu", "workflow")


@pytest.mark.parametrize(
    ("query", "field"), [("period=1y", "period"), ("par=contact", "par"), ("secteur=boucher", "secteur")]
)
def test_a_bad_parameter_is_named(api, query, field):
    refused(api.get(f"{PATH}?{query}"), 400, "parametre_inconnu", field)


def test_a_publishable_key_reads_nothing(browser):
    refused(browser.get(PATH), 403, "interdit")

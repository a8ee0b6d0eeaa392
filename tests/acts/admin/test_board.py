"""The board of leads: what it shows, to whom, and how a card moves."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role, User
from crm import board
from crm.models import Event, Lead, Task
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_lead, make_site

pytestmark = pytest.mark.django_db
BOARD, COLUMN, MOVE = (reverse(f"admin:crm_lead_{name}") for name in ("board", "column", "move"))
JSON = {"headers": {"accept": "application/json"}}


def columns(client, **query):
    return {column.stage: column for column in client.get(BOARD, query).context["columns"]}


def shown(client, **query):
    found = columns(client, **query).values()
    return {column.stage: [card.lead.pk for card in column.cards] for column in found if column.cards}


def move(client, lead, stage, seen=None, **more):
    form = {"lead": lead.pk, "de": seen or lead.stage, "etape": stage, **more}
    answer = client.post(MOVE, form, **JSON)
    lead.refresh_from_db()
    return answer


def test_leads_stand_in_the_column_of_their_stage_newest_first(boss):
    site = make_site()
    first, second = (make_lead(site=site, stage="demo", amount_cents=cents) for cents in (10_050, None))
    won = make_lead(site=site, stage="won", company="Garage Lim", quality="CHAUD", score=91)
    Task.objects.create(
        organization=site.organization, site=site, contact=first.contact, title="Chiffrer", due_at=NOW, created_at=NOW
    )
    found = columns(boss)
    assert list(found) == ["lead", "qualified", "demo", "proposal", "won", "lost"]
    assert shown(boss) == {"demo": [second.pk, first.pk], "won": [won.pk]}
    assert (found["demo"].count.leads, found["demo"].amount, found["won"].amount) == (2, 100.5, None)
    text = boss.get(BOARD).content.decode()
    for word in ("Garage Lim", "chaud", "91", "Chiffrer", "en retard", "Aucun lead à cette étape"):
        assert word in text, word
    assert reverse("admin:crm_lead_board") in boss.get(reverse("admin:crm_lead_changelist")).content.decode()


def test_the_board_is_filtered(boss):
    me = User.objects.get()
    anne = User.objects.create(username="anne", is_staff=True)
    site = make_site()
    Membership.objects.create(user=anne, organization=site.organization, role=Role.SALES)
    hot = make_lead(site=site, quality="CHAUD", owner=me)
    hers = make_lead(site=site, quality="FROID", owner=anne, company="Lim", company_key="lim")
    free = make_lead(contact=make_contact(name="Zoé Petit"))
    for query, found in (
        ({"qualite": "CHAUD"}, [hot]), ({"commercial": "moi"}, [hot]), ({"commercial": anne.pk}, [hers]),
        ({"commercial": "personne"}, [free]), ({"site": free.site_id}, [free]), ({"q": "zoé"}, [free]),
        ({"q": "lim"}, [hers]), ({"q": "lim", "qualite": "CHAUD"}, []), ({"site": 999}, []),
        ({"qualite": "x", "commercial": "x"}, [free, hers, hot]),
    ):  # fmt: skip
        assert shown(boss, **query) == ({"lead": [row.pk for row in found]} if found else {}), query
        assert columns(boss, **query)["lead"].count.leads == len(found), query


def test_a_column_goes_on_where_it_ended(boss, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 2)
    site = make_site()
    leads = [make_lead(site=site, stage="demo").pk for _n in range(5)]
    assert shown(boss) == {"demo": leads[:2:-1]}
    found, page = [], boss.get(BOARD).content.decode()
    for _n in range(3):
        found += re.findall(r'data-lead="(\d+)"', page)
        if not (more := re.search(r'hx-get="([^"]+avant=[^"]+)"', page)):
            break
        page = boss.get(more[1].replace("&amp;", "&")).content.decode()
    assert [int(pk) for pk in found] == leads[::-1]
    for wrong in ({"etape": "x", "avant": 1}, {"etape": "demo"}, {"etape": "demo", "avant": "x"}):
        assert boss.get(COLUMN, wrong).status_code == 404


def test_a_long_column_is_counted_so_far(boss, monkeypatch):
    monkeypatch.setattr(board, "MOST", 2)
    site = make_site()
    for _n in range(3):
        make_lead(site=site, amount_cents=100)
    count = columns(boss)["lead"].count
    assert (count.leads, count.is_cut, count.cents) == (2, True, None)


def test_many_cards_take_as_many_queries_as_few(boss):
    def queries():
        with CaptureQueriesContext(connection) as found:
            boss.get(BOARD)
        return len(found)

    make_lead()
    queries()  # what is read once by a process is read now
    few = queries()
    site = make_site()
    for _n in range(5):
        make_lead(site=site, stage="demo", owner=User.objects.get())
    assert queries() == few


def test_a_card_moves_and_that_is_told_and_written_down():
    lead = make_lead(stage="qualified")
    sales = signed_in(lead.organization, Role.SALES)
    answer = move(sales, lead, "demo")
    assert (answer.status_code, lead.stage) == (200, "demo")
    assert answer.json() == {"texte": "Jean Dupont déplacé vers « démonstration ».", "etape": "demo"}
    assert Event.objects.get().data["a"] == "demo"
    assert AuditEntry.objects.get().details["de"] == "qualified"


def test_who_looked_at_an_old_board_moves_nothing(boss):
    lead = make_lead(stage="proposal")
    answer = move(boss, lead, "won", seen="demo")
    assert (answer.status_code, lead.stage) == (409, "proposal")
    assert "il est à l'étape « proposition »" in answer.json()["detail"]


def test_far_back_asks_for_a_reason(boss):
    lead = make_lead(stage="proposal")
    answer = move(boss, lead, "lead")
    assert (answer.status_code, answer.json()["demande_raison"], lead.stage) == (422, True, "proposal")
    assert move(boss, lead, "lead", raison="mauvaise personne").status_code == 200
    assert lead.stage == "lead"
    answer = move(boss, lead, "gagné")
    assert (answer.status_code, answer.json()["demande_raison"], lead.stage) == (422, False, "lead")


def test_without_javascript_a_form_moves_it_and_says_so(boss):
    lead = make_lead()
    form = {"lead": lead.pk, "de": "lead", "etape": "demo", "filtres": "qualite=CHAUD"}
    answer = boss.post(MOVE, form, follow=True)
    assert answer.redirect_chain == [(f"{BOARD}?qualite=CHAUD", 302)]
    assert "déplacé vers « démonstration »" in answer.content.decode()
    answer = boss.post(MOVE, form | {"etape": "won"}, follow=True)
    assert "déplacé entre-temps" in answer.content.decode()
    assert Lead.objects.get().stage == "demo"


def test_only_who_works_with_leads_moves_those_of_their_organization():
    ours, theirs = make_lead(), make_lead()
    reader, sales = (signed_in(ours.organization, role) for role in (Role.READER, Role.SALES))
    assert shown(reader) == shown(sales) == {"lead": [ours.pk]}
    assert MOVE not in reader.get(BOARD).content.decode()
    assert move(reader, ours, "demo").status_code == 403
    for lead in ({"lead": theirs.pk}, {"lead": "x"}, {"lead": 10**30}, {}):
        assert sales.post(MOVE, {"etape": "demo", **lead}, **JSON).status_code == 404
    assert set(Lead.objects.values_list("stage", flat=True)) == {"lead"}
    assert sales.get(MOVE).status_code == 405
    # Somebody who reads here and sells there sees both, and moves one.
    Membership.objects.create(user=User.objects.get(username="personne-0"), organization=theirs.organization,
                              role=Role.SALES)  # fmt: skip
    assert [card.may_move for card in columns(reader)["lead"].cards] == [True, False]
    assert (move(reader, ours, "demo").status_code, move(reader, theirs, "demo").status_code) == (404, 200)

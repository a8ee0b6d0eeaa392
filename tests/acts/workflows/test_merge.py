"""Two contacts that are one person become one, with everything about both; or nothing changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection

from accounts.models import AuditEntry
from agents.models import AgentRun
from communications.models import Message, Notification, OutgoingCall, Suppression
from crm.consent import granted
from crm.ingest import Report, ingest
from crm.models import (
    Connection,
    Consent,
    Contact,
    Duplicate,
    Event,
    Export,
    ImportRow,
    Lead,
    Segment,
    SegmentMember,
)
from tests.acts.workflows.person import EMAIL, NAME, PHONE, SECRETS, make_person, places_of
from tests.make import NOW, make_consent, make_contact, make_event, make_execution, make_lead, make_message, make_site
from workflows.erase import erase
from workflows.export import export
from workflows.merge import MergeBusyError, MergeError, merge
from workflows.merge_moves import MOVES
from workflows.models import Enrolment, Execution
from workflows.route import route_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Two contacts of a site."""
    site = make_site()
    return [make_contact(site=site, email=f"{n}@example.com", phone=None, name="") for n in "ab"]


def merged(kept, gone, now=NOW):
    found = merge(kept.pk, gone.pk, "Anne", now)
    kept.refresh_from_db()
    return found


# --- every table ---


def test_everything_about_one_becomes_the_others_in_every_table():
    site = make_site(sms_sender="+33757000001")
    kept = make_contact(site=site, name="Zoé R.", email="zoe@example.com", phone=None)
    zoe = make_person(site)
    before = export(zoe, NOW)["export"]["lignes"]
    Duplicate.objects.all().delete()  # of herself
    done = merged(kept, zoe)
    models = {m._meta.db_table: m for m in apps.get_models()}
    for table in MOVES:
        fields = {f.attname for f in models[table]._meta.concrete_fields}
        if "contact_id" in fields:
            assert not models[table].objects.filter(contact_id=zoe.pk).exists(), table
            assert models[table].objects.filter(contact_id=kept.pk).exists(), table
            assert table == "leads" or done[table], table
    after = export(kept, NOW)["export"]["lignes"]
    grown = {
        title for title in before if title not in ("doublons", "journal_audit") and after[title] < before[title]
    }  # fmt: skip
    assert grown == set()
    assert not Contact.objects.filter(pk=zoe.pk).exists()
    assert kept.pk in Enrolment.objects.get().contact_ids
    assert zoe.pk not in Enrolment.objects.get().contact_ids


def test_what_was_written_about_who_goes_is_found_with_who_stays():
    site = make_site(sms_sender="+33757000001")
    kept, zoe = make_contact(site=site, email="zoe@example.com", phone=None), make_person(site)
    page = f"/admin/crm/contact/{zoe.pk}/change/"
    Notification.objects.create(
        organization=site.organization, key="p", title="Réponse", link=page, created_at=NOW, last_at=NOW
    )
    number = zoe.pk
    merged(kept, zoe)
    assert LogEntry.objects.filter(content_type__model="contact").get().object_id == str(kept.pk)
    assert Notification.objects.get(key="p").link == f"/admin/crm/contact/{kept.pk}/change/"
    entry = AuditEntry.objects.get(action="contact.fusionner")
    assert (entry.target_kind, entry.target_id, entry.target, entry.reason) == ("contact", kept.pk, "", "")
    assert entry.details["fusionne"] == number
    assert NAME not in str(entry.details)
    assert EMAIL not in str(entry.details)
    event = Event.objects.get(name="contact_fusionne")
    assert (event.contact, event.data, event.routed_at) == (kept, {"fusionne": str(number)}, None)
    assert erase(kept, "Anne", "", NOW).people == 1
    assert places_of(*SECRETS) == {}


# --- the person ---


def test_who_stays_is_right_and_what_it_does_not_say_is_filled_in():
    site = make_site()
    kept = make_contact(site=site, name="Jean", email=None, phone="+33612345678", tags=["b", "a"], fields={"x": 1})
    gone = make_contact(
        site=site, name="Jean Dupont", email="jean@example.com", phone="+33612345679", tags=["c"],
        fields={"x": 2, "y": 3}, timezone="Indian/Reunion", created_at=NOW - timedelta(days=900),
    )  # fmt: skip
    merged(kept, gone, NOW + timedelta(minutes=1))
    assert (kept.name, kept.email, kept.phone, kept.timezone) == (
        "Jean", "jean@example.com", "+33612345678", "Indian/Reunion",
    )  # fmt: skip
    assert kept.tags == ["a", "b", "c"]
    assert kept.fields == {
        "x": 1, "y": 3, "autres_telephones": ["+33612345679"], "autres_noms": ["Jean Dupont"],
    }  # fmt: skip
    assert (kept.created_at, kept.updated_at) == (NOW - timedelta(days=900), NOW + timedelta(minutes=1))


def test_no_address_is_lost_however_many_are_merged():
    site = make_site()
    people = [make_contact(site=site, email=f"{n}@example.com", phone=None) for n in "abc"]
    merged(people[1], people[2])
    merged(people[0], people[1])
    assert people[0].fields["autres_emails"] == ["c@example.com", "b@example.com"]
    Contact.objects.filter(pk=people[0].pk).update(opted_out_at=NOW)
    erase(people[0], "Anne", "de C@example.com", NOW)
    assert places_of(*(f"{n}@example.com" for n in "abc")) == {}
    assert Suppression.objects.count() == 3


@pytest.mark.parametrize("who", [0, 1])
def test_who_opted_out_once_has_opted_out_and_nothing_runs_for_them(pair, who):
    Contact.objects.filter(pk=pair[who].pk).update(opted_out_at=NOW)
    other = make_execution(contact=pair[1 - who])
    queued = make_message(execution=other)
    merged(*pair)
    other.refresh_from_db()
    queued.refresh_from_db()
    assert pair[0].opted_out_at == NOW
    assert (other.status, queued.status, other.contact_id) == ("arretee", "suppressed", pair[0].pk)


def test_what_both_agreed_to_is_one_history(pair):
    make_consent(pair[1], "email", "sms")
    Consent.objects.create(organization=pair[0].organization, contact=pair[0], purpose="marketing", channel="sms",
                           state="refused", at=NOW, source="sms")  # fmt: skip
    merged(*pair)
    assert granted([pair[0].pk], "marketing") == {pair[0].pk: frozenset({"email"})}
    assert Consent.objects.filter(contact=pair[0]).count() == 3


def test_the_window_of_whatsapp_is_that_of_the_number_that_stays():
    site = make_site()
    with_phone = make_contact(site=site, phone="+33612345678", email="a@example.com")
    other = make_contact(site=site, phone="+33612345679", email="b@example.com", whatsapp_at=NOW)
    bare = make_contact(site=site, phone=None, email="c@example.com")
    merged(with_phone, other)
    assert with_phone.whatsapp_at is None
    third = make_contact(site=site, phone="+33612345670", email="d@example.com", whatsapp_at=NOW)
    merged(bare, third)
    assert (bare.phone, bare.whatsapp_at) == ("+33612345670", NOW)


# --- what runs ---


def test_of_two_that_run_the_same_workflow_the_one_that_goes_is_stopped(pair):
    kept, gone = pair
    first = make_execution(contact=kept)
    workflow = first.workflow
    second = make_execution(contact=gone, workflow=workflow)
    another = make_execution(contact=gone, workflow=workflow, entry_key="D2")
    over = make_execution(contact=gone, workflow=workflow, status="terminee", ended_at=NOW)
    queued = make_message(execution=second)
    event = make_event(contact=gone, name="avis")
    merged(kept, gone)
    found = {e.pk: (e.status, e.contact_id) for e in Execution.objects.all()}
    assert found == {
        first.pk: ("en_cours", kept.pk), second.pk: ("arretee", kept.pk), another.pk: ("en_cours", kept.pk),
        over.pk: ("terminee", kept.pk),
    }  # fmt: skip
    queued.refresh_from_db()
    assert queued.status == "suppressed"
    entry = AuditEntry.objects.get(action="arret")
    assert (entry.actor, entry.reason, entry.target_id) == ("Anne", "fusion de deux contacts", second.pk)
    assert AuditEntry.objects.get(action="contact.fusionner").details["executions_arretees"] == 1
    route_batch(now=NOW, limit=10)
    event.refresh_from_db()
    assert (event.contact, event.routed_at) == (kept, NOW)


def test_members_of_a_segment_are_members_once(pair):
    kept, gone = pair
    for slug, members in (("both", pair), ("one", [gone])):
        segment = Segment.objects.create(
            organization=kept.organization, site=kept.site, slug=slug, name=slug, condition="true"
        )
        for contact in members:
            SegmentMember.objects.create(segment=segment, contact=contact, entered_at=NOW)
    merged(kept, gone)
    assert list(SegmentMember.objects.order_by("segment").values_list("segment__slug", "contact_id")) == [
        ("both", kept.pk), ("one", kept.pk),
    ]  # fmt: skip


def test_a_list_names_a_person_once(pair):
    kept, gone = pair
    workflow = make_execution(contact=gone).workflow
    shared = {"organization": kept.organization, "site": kept.site, "workflow": workflow, "created_at": NOW,
              "next_at": None, "status": "terminee"}  # fmt: skip
    lists = [[gone.pk], [kept.pk, gone.pk, 2**40], [2**40]]
    for n, ids in enumerate(lists):
        Enrolment.objects.create(contact_ids=ids, key=f"k{n}", **shared)
    merged(kept, gone)
    found = [sorted(row.contact_ids) for row in Enrolment.objects.order_by("pk")]
    assert found == [[kept.pk], [kept.pk, 2**40], [2**40]]


def test_undoing_an_import_leaves_who_was_merged_as_they_are():
    site = make_site()
    kept, zoe = make_contact(site=site, email="zoe@example.com", phone=None), make_person(site)
    merged(kept, zoe)
    row = ImportRow.objects.get(contact=kept)
    assert (row.result, row.after) == ("laisse", {"nom": NAME})
    assert "fusionné" in row.kept


# --- duplicates ---


def test_the_pair_is_settled_and_others_are_about_who_stays():
    site = make_site()
    third, kept, gone, fourth = [
        make_contact(site=site, email=f"{n}@example.com", phone=None, name="") for n in "abcd"
    ]  # fmt: skip

    def suspect(one, other, state="ouvert"):
        return Duplicate.objects.create(organization=site.organization, site=site, first=one, second=other,
                                        reason="phone", similarity=80, created_at=NOW, state=state)  # fmt: skip

    suspect(kept, gone)
    suspect(third, kept)
    suspect(third, gone, state="distinct")
    suspect(gone, fourth)
    merged(kept, gone)
    assert set(Duplicate.objects.values_list("first_id", "second_id", "state")) == {
        (third.pk, kept.pk, "distinct"), (kept.pk, fourth.pk, "ouvert"),
    }  # fmt: skip


# --- leads ---


def test_a_lead_keeps_the_further_stage_and_the_better_facts(pair):
    kept, gone = pair
    make_lead(contact=kept, stage="demo", score=30, quality="FROID", company="Martin", region="Bretagne", owner=None,
              status="a_suivre")  # fmt: skip
    make_lead(contact=gone, stage="proposal", stage_at=NOW, score=80, quality="CHAUD", company="Martin SARL",
              insights=["pressé"], amount_cents=500, status="a_exporter", decided_by="model")  # fmt: skip
    merged(kept, gone)
    lead = Lead.objects.get()
    assert (lead.contact, lead.stage, lead.stage_at, lead.amount_cents) == (kept, "proposal", NOW, 500)
    assert (lead.score, lead.quality, lead.status, lead.insights) == (80, "CHAUD", "a_exporter", ["pressé"])
    assert (lead.company, lead.region, lead.company_key) == ("Martin SARL", "Bretagne", "martin")


def test_what_a_person_said_counts_more_than_a_score(pair):
    make_lead(contact=pair[0], score=20, quality="FROID", decided_by="person", status="a_suivre")
    make_lead(contact=pair[1], score=90, quality="CHAUD", decided_by="model", status="a_exporter", classify_at=NOW)
    merged(*pair)
    lead = Lead.objects.get()
    assert (lead.score, lead.decided_by, lead.status, lead.classify_at) == (20, "person", "a_suivre", None)


@pytest.mark.parametrize(
    ("kept", "gone", "status"),
    [
        ("ecarte", "a_exporter", "ecarte"), ("a_suivre", "ecarte", "a_suivre"), ("a_suivre", "exporte", "exporte"),
        ("nouveau", "nouveau", "nouveau"),
    ],
)  # fmt: skip
def test_a_lead_is_where_the_two_were(pair, kept, gone, status):
    make_lead(contact=pair[0], status=kept, score=40)
    make_lead(contact=pair[1], status=gone, score=60)
    merged(*pair)
    assert Lead.objects.get().status == status


def test_the_only_lead_is_the_one_of_who_stays(pair):
    lead = make_lead(contact=pair[1], stage="won", score=50)
    merged(*pair)
    assert Lead.objects.get(pk=lead.pk).contact == pair[0]


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("en_file", "exporte", {"retire", "exporte"}), ("exporte", "a_approuver", {"exporte", "retire"}),
        ("exporte", "exporte", {"exporte", "retire"}), ("echoue", "exporte", {"echoue", "exporte"}),
        ("refuse", "retire", {"refuse", "retire"}),
    ],
)  # fmt: skip
def test_the_exports_of_both_stay_and_one_to_a_crm_stands(pair, mine, theirs, expected):
    crm = Connection.objects.create(organization=pair[0].organization)
    exports = []
    for contact, status in zip(pair, (mine, theirs), strict=True):
        exports.append(Export.objects.create(
            organization=contact.organization, connection=crm, lead=make_lead(contact=contact), contact=contact,
            day=NOW.date(), quality="CHAUD", score=70, status=status, created_at=NOW, external_id=status,
        ))  # fmt: skip
    merged(*pair)
    found = Export.objects.order_by("pk")
    assert {e.status for e in found} == expected
    assert {(e.lead_id, e.contact_id) for e in found} == {(Lead.objects.get().pk, pair[0].pk)}
    assert [e.external_id for e in found] == [mine, theirs]


# --- refusals ---


def test_a_contact_is_not_merged_with_itself_with_a_strangers_or_with_nobody(pair):
    stranger = make_contact()
    for ids, said in (((pair[0].pk, pair[0].pk), "lui-même"), ((pair[0].pk, stranger.pk), "sites différents"),
                      ((pair[0].pk, 2**40), "n'existe plus"), ((2**40, pair[0].pk), "n'existe plus")):  # fmt: skip
        with pytest.raises(MergeError, match=said):
            merge(*ids, "Anne", NOW)
    assert Contact.objects.count() == 3
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", [0, 1])
def test_what_is_in_somebodys_hands_is_waited_for(pair, who):
    contact = pair[who]
    execution = make_execution(contact=pair[1])
    make_execution(contact=pair[0], workflow=execution.workflow)
    whose = {"organization": contact.organization, "site": contact.site, "contact": contact}
    lead = make_lead(contact=contact)
    crm = Connection.objects.create(organization=contact.organization)
    busy = [
        lambda: make_message(contact=contact, status="sending", due_at=NOW),
        lambda: OutgoingCall.objects.create(workflow_id=1, execution_id=1, step="x", url="https://ex.fr",
                                            created_at=NOW, status="sending", **whose),
        lambda: AgentRun.objects.create(agent="lead_classifier", status="en_cours", created_at=NOW, **whose),
        lambda: Export.objects.create(organization=contact.organization, connection=crm, lead=lead, contact=contact,
                                      day=NOW.date(), quality="CHAUD", score=70, status="en_cours", created_at=NOW),
    ]  # fmt: skip
    for make in busy:
        row = make()
        with pytest.raises(MergeBusyError, match="réessayez dans une minute"):
            merge(pair[0].pk, pair[1].pk, "Anne", NOW)
        row.delete()
    assert set(Execution.objects.values_list("status", flat=True)) == {"en_cours"}
    assert merged(*pair)


def test_an_address_goes_over_to_who_has_none_though_it_is_there_once_only(pair):
    Contact.objects.filter(pk=pair[0].pk).update(email=None, phone=PHONE)
    merged(*pair)
    assert (pair[0].email, pair[0].phone) == ("b@example.com", PHONE)


# --- several at once ---


@pytest.mark.django_db(transaction=True)
def test_reports_routes_and_merges_at_once_lose_nothing():
    site = make_site()
    people = [make_contact(site=site, email=f"z{n}@example.com", phone=None) for n in range(8)]

    def in_thread(act):
        try:
            return act()
        finally:
            connection.close()

    def report(n):
        return in_thread(lambda: ingest(site, [Report("appel", {"n": n}, "", f"z{n % 8}@example.com")], now=NOW))

    def route(_n):
        return in_thread(lambda: route_batch(now=NOW, limit=50))

    def unite(n):
        return in_thread(lambda: merge(people[n].pk, people[n + 1].pk, "Anne", NOW))

    with ThreadPoolExecutor(6) as pool:
        reports = [pool.submit(report, n) for n in range(40)]
        routes = [pool.submit(route, n) for n in range(6)]
        merges = [pool.submit(unite, n) for n in range(0, 8, 2)]
    assert all(future.result() for future in reports)
    assert all(future.exception() is None for future in [*merges, *routes])
    assert Event.objects.filter(name="appel").count() == 40
    assert Event.objects.filter(name="contact_fusionne").count() == 4
    assert not Contact.objects.filter(pk__in=[people[n].pk for n in (1, 3, 5, 7)]).exists()
    assert not Message.objects.exists()

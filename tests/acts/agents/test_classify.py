"""Leads that are due are classified, once each, by what is known of them; what happens meanwhile is not lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection

from agents import classify
from agents.classify import MOST_ATTEMPTS, classify_batch, settle
from agents.models import AgentRun
from communications.models import Notification
from crm.models import Contact, Event
from crm.models.lead import Lead
from tests.make import NOW, make_contact, make_event, make_lead, make_message, make_site
from workflows.route import route_batch

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOT = {
    "lead_type": "hot", "sector": "plombier", "company_size": "individual", "decision_maker": True,
    "pain_points": ["fuite sous évier"], "interests": ["fuite sous évier"], "lead_score": 88,
    "reasoning": "Une fuite en cours.", "key_insights": ["fuite sous évier"],
}  # fmt: skip


def due(*events, contact=None, **changes):
    """Make a lead that is due, after some events (name, data) of its contact, which are routed."""
    contact = contact or make_contact()
    for name, data in events or [("appel_urgence", {"probleme": "fuite sous évier"})]:
        make_event(contact=contact, name=name, data=data, routed_at=NOW)
    return make_lead(contact=contact, **{"classify_at": NOW} | changes)


def classified(now=NOW, limit=8):
    return classify_batch(now=now, limit=limit)


def told():
    return list(Event.objects.filter(name="lead_classe").order_by("pk").values_list("data", flat=True))


def test_an_event_makes_a_lead_and_the_rules_classify_it():
    contact = make_contact(email="jean@gmail.com")
    make_event(contact=contact, name="devis_accepte", data={"montant": 1480, "travaux": "chauffe-eau"})
    route_batch(now=NOW, limit=10)
    assert classified() == 1
    lead = Lead.objects.get()
    assert (lead.quality, lead.status, lead.decided_by) == ("CHAUD", "a_exporter", "rules")
    assert lead.score >= 70
    assert (lead.classified_at, lead.classify_at, lead.classify_attempts) == (NOW, None, 0)
    assert (lead.sector, lead.company_size, lead.interests) == ("plombier", "individual", ["chauffe-eau"])
    assert lead.reasoning.startswith("Chaud : ")
    assert told() == [{"qualite": "CHAUD", "score": lead.score, "statut": "a_exporter", "par": "rules"}]
    assert classified() == 0


def test_a_model_decides_where_there_is_one(openai):
    openai.replies.append(HOT)
    lead = due()
    classified()
    lead.refresh_from_db()
    assert (lead.quality, lead.score, lead.decided_by) == ("CHAUD", 88, "model")
    assert (lead.pain_points, lead.insights, lead.decision_maker) == (["fuite sous évier"], ["fuite sous évier"], True)
    assert lead.reasoning == "Une fuite en cours."
    assert AgentRun.objects.get().contact_id == lead.contact_id


def test_what_a_model_invents_is_not_written_down(openai):
    openai.replies.append(
        HOT | {"lead_score": 12, "sector": "piraterie", "key_insights": ["Budget de 90 000 € validé"]}
    )
    lead = due()
    classified()
    lead.refresh_from_db()
    assert (lead.score, lead.sector, lead.insights) == (70, "autre", [])


def test_where_a_model_fails_the_rules_decide(openai):
    openai.default = "500"
    lead = due()
    classified()
    lead.refresh_from_db()
    assert (lead.quality, lead.decided_by) == ("CHAUD", "rules")


def test_no_address_reaches_a_model_or_its_record(openai):
    openai.replies.append(HOT)
    contact = make_contact(name="Hélène Dubois-Martin", email="h.dubois@secret.example", phone="+33612345678")
    make_message(
        contact=contact, sent_at=NOW - DAY, channel="email",
        payload={"text": "Bonjour Hélène Dubois-Martin, votre suivi : https://x.example/abc"},
    )  # fmt: skip
    make_event(
        contact=contact, name="sms_recu", routed_at=NOW,
        data={"texte": "appelez au 06 98 76 54 32, 3 rue des Lilas, h.dubois@secret.example", "de": "+33612345678"},
    )  # fmt: skip
    due(("demande_devis", {"nom": "Dubois-Martin", "telephone": "0698765432", "travaux": "chaudière"}), contact=contact)
    classified()
    sent, kept = openai.prompt(-1), str(AgentRun.objects.get().input)
    for text in (sent, kept):
        assert "chaudière" in text
        assert "[téléphone]" in text
        for secret in ("Dubois", "secret.example", "12345678", "98 76", "0698765432", "Lilas", "x.example"):
            assert secret not in text


def test_who_has_opted_out_is_cold_and_no_model_hears_of_it(openai):
    contact = make_contact(opted_out_at=NOW)
    lead = due(("demande_devis", {"urgence": "haute"}), contact=contact)
    assert classified() == 1
    lead.refresh_from_db()
    assert (lead.quality, lead.score, lead.status, lead.decided_by) == ("FROID", 0, "a_suivre", "rules")
    assert openai.asked() == []


def test_company_role_and_region_come_from_what_was_reported():
    contact = make_contact(site=make_site(sector="berinia"), fields={"code_postal": "69003"})
    lead = due(
        ("demande_demo", {"entreprise": "Garage Perrache", "fonction": "gérant", "effectif": 4}), contact=contact
    )
    classified()
    lead.refresh_from_db()
    assert (lead.company, lead.job_title, lead.region) == ("Garage Perrache", "gérant", "Auvergne-Rhône-Alpes")
    assert (lead.company_size, lead.decision_maker, lead.sector) == ("micro", True, "garage")
    assert lead.company_key != ""


def test_what_is_known_already_is_not_replaced_by_less():
    lead = due(
        ("page_vue", {"page": "/", "entreprise": "Autre"}), company="Menuiserie Denis", job_title="gérant",
        company_size="sme", region="Bretagne", decision_maker=True, status="exporte",
    )  # fmt: skip
    classified()
    lead.refresh_from_db()
    assert (lead.company, lead.company_size, lead.region) == ("Menuiserie Denis", "sme", "Bretagne")
    assert (lead.decision_maker, lead.status) == (True, "exporte")


def test_workflows_are_told_when_the_quality_or_the_threshold_changes_and_not_otherwise():
    lead = due(("devis_accepte", {}))
    classified()
    make_event(contact=lead.contact, name="page_vue", data={"page": "/avis"}, routed_at=NOW)
    Lead.objects.update(classify_at=NOW)
    classified()
    assert [data["qualite"] for data in told()] == ["CHAUD"]
    make_event(contact=lead.contact, name="devis_refuse", data={}, routed_at=NOW, occurred_at=NOW + HOUR)
    Lead.objects.update(classify_at=NOW + HOUR)
    classified(NOW + HOUR)
    assert [data["qualite"] for data in told()] == ["CHAUD", "FROID"]


def test_the_event_of_a_classification_brings_none_about():
    due(("devis_accepte", {}))
    classified()
    route_batch(now=NOW, limit=10)
    assert Event.objects.filter(name="lead_classe", routed_at__isnull=False).exists()
    assert Lead.objects.get().classify_at is None


def test_what_a_person_has_classified_is_never_overwritten():
    lead = due(decided_by="person", quality="FROID", score=5)
    assert classified() == 0
    lead.refresh_from_db()
    assert (lead.quality, lead.score) == ("FROID", 5)


def test_who_is_classified_by_a_person_meanwhile_stays_so(openai):
    openai.replies.append(HOT)
    lead = due()
    during(lambda: Lead.objects.update(decided_by="person", quality="FROID", score=5))
    lead.refresh_from_db()
    assert (lead.quality, lead.decided_by) == ("FROID", "person")


def during(happens):
    """Classify, while something happens between the reading of the facts and the settling."""
    claimed = classify.fetch(classify.CLAIM, {"now": NOW, "lease": HOUR, "limit": 8})
    turns = classify._turns(claimed, NOW)
    happens()
    return [
        settle(turn, _rules(turn), "rules", NOW)
        for turn in turns
    ]  # fmt: skip


def _rules(turn):
    agent = classify.agents()["lead_classifier"]
    return agent.guard(turn.known.facts, agent.rules(turn.known.facts))[0]


def test_something_that_happens_meanwhile_makes_it_due_again_in_an_hour():
    lead = due()
    assert during(lambda: make_event(contact=lead.contact, name="page_vue", routed_at=NOW)) == [True]
    assert Lead.objects.get().classify_at == NOW + HOUR


def test_an_event_that_was_committed_late_under_a_low_id_is_not_lost():
    contact = make_contact()
    early = make_event(contact=contact, name="demande_devis", routed_at=NOW)
    row = Event.objects.filter(pk=early.pk).values().get()
    early.delete()
    due(("page_vue", {}), ("page_vue", {}), contact=contact)
    during(lambda: Event.objects.create(**row))
    assert Lead.objects.get().classify_at == NOW + HOUR


def test_with_more_events_than_are_read_the_old_ones_are_not_taken_for_news():
    due(*[("page_vue", {"page": f"/{n}"}) for n in range(60)])
    classified()
    assert Lead.objects.get().classify_at is None


@pytest.mark.parametrize("name", ["email.opened", "message_parti", "lead_classe", "segment.x"])
def test_what_says_nothing_of_a_lead_does_not_make_it_due_again(name):
    lead = due()
    during(lambda: make_event(contact=lead.contact, name=name, routed_at=NOW))
    assert Lead.objects.get().classify_at is None


def test_an_event_that_is_not_routed_yet_is_left_to_the_routing():
    lead = due()
    during(lambda: make_event(contact=lead.contact, name="page_vue"))
    assert Lead.objects.get().classify_at is None
    route_batch(now=NOW, limit=10)
    assert Lead.objects.get().classify_at == NOW + HOUR


def test_who_was_taken_over_by_another_settles_nothing():
    due()
    assert during(lambda: Lead.objects.update(classify_at=NOW + 2 * HOUR)) == [False]
    assert Lead.objects.get().quality == ""
    assert told() == []


def test_after_a_crash_it_is_done_again_once_the_lease_ends_and_nothing_twice():
    lead = due()
    claimed = classify.fetch(classify.CLAIM, {"now": NOW, "lease": timedelta(minutes=5), "limit": 8})
    assert [row.id for row in claimed] == [lead.pk]
    assert classified(NOW + timedelta(minutes=4)) == 0
    assert classified(NOW + timedelta(minutes=5)) == 1
    assert len(told()) == 1
    assert AgentRun.objects.count() == 1


def test_attempts_that_fail_come_ever_later_and_end_with_an_alert():
    lead, now, waits = due(), NOW, []
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.cursor().execute("ALTER TABLE leads ADD CONSTRAINT never_classified CHECK (quality = '')")
    for _ in range(MOST_ATTEMPTS):
        assert classified(now) == 1
        lead.refresh_from_db()
        waits.append(lead.classify_at - now)
        now = lead.classify_at
    assert all(later == 4 * earlier for earlier, later in pairwise(waits))
    assert set(AgentRun.objects.values_list("status", "error")) == {("echouee", "effet:IntegrityError")}
    assert classified(now) == 1
    lead.refresh_from_db()
    assert (lead.classify_at, lead.classify_attempts, lead.quality) == (None, 0, "")
    alert = Notification.objects.get()
    assert (alert.organization_id, alert.severity, alert.link) == (
        lead.organization_id, "error", f"/admin/crm/lead/{lead.pk}/change/"
    )  # fmt: skip


def test_a_lead_whose_facts_cannot_be_read_holds_up_no_other():
    broken, fine = due(), due()
    Contact.objects.filter(pk=broken.contact_id).update(fields=["no", "object"])
    Event.objects.filter(contact_id=broken.contact_id).update(data=["neither"])
    assert classified() == 2
    fine.refresh_from_db()
    assert fine.quality == "CHAUD"


def test_a_contact_that_is_erased_meanwhile_is_passed_over():
    lead = due()
    during(lambda: lead.contact.delete())
    assert not Lead.objects.exists()


def test_leads_of_another_organization_are_asked_about_in_its_name():
    one, other = due(), due()
    classified()
    runs = dict(AgentRun.objects.values_list("contact_id", "organization_id"))
    assert runs == {one.contact_id: one.organization_id, other.contact_id: other.organization_id}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_classify_each_lead_once():
    for _ in range(12):
        due()
    start = Barrier(2)

    def work(_n):
        try:
            start.wait(10)
            return sum(iter(lambda: classified(limit=3), 0))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2)))
    assert sum(done) == 12
    assert AgentRun.objects.count() == 12
    assert len(told()) == 12


def test_a_delay_ends_when_the_quality_changes_and_not_otherwise():
    lead = due(quality="FROID", score=10, export_after=NOW + DAY, delay_reason="Trop froid")
    classified()
    lead.refresh_from_db()
    assert (lead.quality, lead.export_after, lead.delay_reason) == ("CHAUD", None, "")

    Lead.objects.filter(pk=lead.pk).update(classify_at=NOW, export_after=NOW + DAY, delay_reason="Demain")
    classified()
    lead.refresh_from_db()
    assert (lead.quality, lead.export_after, lead.delay_reason) == ("CHAUD", NOW + DAY, "Demain")

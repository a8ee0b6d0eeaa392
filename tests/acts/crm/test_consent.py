"""What a contact said is kept as it was said, and the latest of it holds."""

import json
from datetime import timedelta

import pytest

from crm.consent import Statement, granted, history, in_force, proof, record_consents
from crm.models import Consent
from tests.make import NOW, make_contact

pytestmark = pytest.mark.django_db


def said(contact, state="granted", channel="email", purpose="marketing", **more):
    return Statement(contact.organization_id, contact.pk, purpose, channel, state, **more)


def test_a_statement_is_kept_with_all_that_proves_it():
    contact = make_contact()
    whole = said(
        contact, basis="customer", text="J'accepte…", text_version="v2", source="api", url="https://ex.fr/devis",
        ip="2001:db8::1", user_agent="Firefox", recorded_by="clé ber_sk_…", at=NOW - timedelta(days=3),
    )  # fmt: skip
    record_consents([whole], NOW)
    kept = Consent.objects.get()
    for name in ("organization_id", "contact_id", "purpose", "channel", "state", "basis", "text", "text_version",
                 "source", "url", "ip", "user_agent", "recorded_by", "at"):  # fmt: skip
        assert getattr(kept, name) == getattr(whole, name), name


def test_what_has_no_instant_of_its_own_is_of_now_and_nothing_is_of_the_future():
    contact = make_contact()
    record_consents([said(contact), said(contact, at=NOW + timedelta(hours=1))], NOW)
    assert set(Consent.objects.values_list("at", flat=True)) == {NOW}


def test_texts_too_long_for_their_columns_are_cut():
    record_consents([said(make_contact(), user_agent="U" * 900, url="h" * 900, recorded_by="p" * 400)], NOW)
    kept = Consent.objects.get()
    assert (len(kept.user_agent), len(kept.url), len(kept.recorded_by)) == (300, 500, 150)


def test_the_latest_of_each_purpose_and_channel_holds():
    one, other = make_contact(), make_contact()
    record_consents([said(one), said(one, channel="sms"), said(other, "refused"), said(one, channel="whatsapp")], NOW)
    record_consents([said(one, "refused", "sms"), said(one, purpose="tracking_opens")], NOW + timedelta(minutes=1))
    unknown = make_contact()
    assert granted([one.pk, other.pk, unknown.pk], "marketing") == {
        one.pk: {"email", "whatsapp"}, other.pk: set(), unknown.pk: set(),
    }  # fmt: skip
    assert granted([one.pk], "tracking_opens") == {one.pk: {"email"}}
    assert granted([], "marketing") == {}


def test_of_one_instant_the_one_recorded_last_holds():
    contact = make_contact()
    record_consents([said(contact), said(contact, "refused")], NOW)
    assert granted([contact.pk], "marketing") == {contact.pk: set()}


def test_an_old_form_does_not_undo_a_later_refusal():
    contact = make_contact()
    record_consents([said(contact, "refused")], NOW)
    record_consents([said(contact, at=NOW - timedelta(days=300), source="import")], NOW + timedelta(days=1))
    assert granted([contact.pk], "marketing") == {contact.pk: set()}
    assert [s.state for s in in_force(history(contact))] == ["refused"]


def test_many_contacts_take_one_query(django_assert_num_queries):
    contacts = [make_contact() for _n in range(10)]
    with django_assert_num_queries(1):
        record_consents([said(contact) for contact in contacts], NOW)
    with django_assert_num_queries(1):
        found = granted([contact.pk for contact in contacts], "marketing")
    assert found == {contact.pk: {"email"} for contact in contacts}


def test_the_proof_names_the_person_and_shows_each_statement_in_utc():
    contact = make_contact(name="Zoé Martin", phone=None)
    record_consents([said(contact, text="Oui", ip="192.0.2.7", source="page")], NOW)
    record_consents([said(contact, "refused", source="lien")], NOW + timedelta(days=1))
    shown = json.loads(json.dumps(proof(contact)))
    assert (shown["contact"]["nom"], shown["contact"]["email"]) == ("Zoé Martin", contact.email)
    assert [s["accorde"] for s in shown["declarations"]] == [False, True]
    assert shown["declarations"][1] | {"id": ""} == {
        "id": "", "finalite": "commercial", "canal": "email", "accorde": True, "fondement": "consentement",
        "date": "2026-03-10T10:00:00Z", "texte": "Oui", "version": "", "origine": "page", "page": "",
        "ip": "192.0.2.7", "navigateur": "", "enregistre_par": "",
    }  # fmt: skip
    assert [(s["accorde"], s["depuis"]) for s in shown["en_vigueur"]] == [(False, "2026-03-11T10:00:00Z")]


def test_the_proof_of_another_contact_is_another():
    one, other = make_contact(), make_contact()
    record_consents([said(other)], NOW)
    assert proof(one)["declarations"] == []

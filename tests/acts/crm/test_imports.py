"""Imports: what a file says becomes contacts in one transaction, or nothing; and it can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditEntry
from communications.models import Suppression
from communications.suppress import suppress
from crm import imports
from crm.consent import granted
from crm.import_mapping import guess
from crm.import_undo import foresee, undo
from crm.imports import ImportActError, Options, apply, preview, set_mapping, upload
from crm.ingest import ingest
from crm.matching import Report
from crm.models import Consent, Contact, Event, Import, ImportRow, Lead, Note, Task
from tests.make import NOW, make_consent, make_contact, make_event, make_message, make_site

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
FILE = """Prénom;Nom;Mél;Portable;Société;Ville;Étiquettes;Note
Zoé;Durand;ZOE@example.com;06 12 34 56 78;Durand SARL;Lyon;vip, devis;À rappeler
;Martin;;612345679;;;;
Paul;Petit;pas une adresse;;;;;
Paul;Petit;;;;;;
"""


def begin(site, text=FILE, *, mapping=None, name="contacts.csv", **options):
    """Take a file in and map its columns."""
    data = text if isinstance(text, bytes) else text.encode()
    imported = upload(site, name, data, actor="anne", now=NOW).imported
    chosen = imported.mapping if mapping is None else mapping
    return set_mapping(imported.pk, chosen, options=Options(**options))


def done(site, text=FILE, **given):
    return apply(begin(site, text, **given).pk, actor="anne", now=NOW)


def counts(imported):
    return (imported.created, imported.updated, imported.skipped, imported.failed)


def lines(imported):
    return [(row.line, row.result) for row in ImportRow.objects.filter(imported=imported).order_by("line")]


def test_a_file_becomes_contacts_with_all_that_it_says():
    site = make_site()
    imported = done(site)
    assert counts(imported) == (2, 0, 0, 2)
    zoe, martin = Contact.objects.order_by("pk")
    if zoe.email is None:
        zoe, martin = martin, zoe
    assert (zoe.name, zoe.email, zoe.phone) == ("Zoé Durand", "zoe@example.com", "+33612345678")
    assert (zoe.tags, zoe.fields, zoe.site, zoe.organization) == (
        ["vip", "devis"], {"ville": "Lyon"}, site, site.organization
    )  # fmt: skip
    assert (martin.name, martin.email, martin.phone, martin.tags) == ("Martin", None, "+33612345679", [])
    lead = Lead.objects.get()
    assert (lead.contact, lead.company, lead.company_key, lead.source) == (
        zoe, "Durand SARL", "durand", f"import:{imported.pk}"
    )  # fmt: skip
    assert (lead.status, lead.classify_at, lead.stage) == ("nouveau", None, "lead")
    note = Note.objects.get()
    assert (note.contact, note.text, note.author, note.created_at) == (zoe, "À rappeler", "anne", NOW)
    assert not Event.objects.exists()


def test_errors_say_line_field_rule_and_value():
    imported = done(make_site())
    wrong = ImportRow.objects.filter(imported=imported, result="erreur").order_by("line")
    assert [(row.line, row.errors) for row in wrong] == [
        (4, ["Email : « pas une adresse » n'est pas une adresse email valide : "
             "écrivez par exemple jean.dupont@exemple.fr."]),
        (5, ["Ni email ni téléphone : le contact doit être joignable."]),
    ]  # fmt: skip
    assert wrong[0].given[:3] == ["Paul", "Petit", "pas une adresse"]


def test_a_preview_says_what_comes_and_writes_nothing():
    site = make_site()
    make_contact(site=site, email="zoe@example.com", phone=None)
    imported = begin(site)
    found = preview(imported.pk, now=NOW)
    assert found.counts == {"cree": 1, "mis_a_jour": 0, "laisse": 1, "erreur": 2}
    assert [outcome.line for outcome in found.wrong] == [4, 5]
    assert Contact.objects.count() == 1
    assert not ImportRow.objects.exists()
    assert counts(apply(imported.pk, actor="anne", now=NOW)) == tuple(found.counts.values())


def test_known_contacts_are_left_unless_the_import_updates():
    site = make_site()
    zoe = make_contact(site=site, name="", email="zoe@example.com", phone=None)
    assert counts(done(site)) == (1, 0, 1, 2)
    zoe.refresh_from_db()
    assert (zoe.name, zoe.phone, zoe.updated_at) == ("", None, zoe.updated_at)
    assert not Note.objects.exists()
    imported = done(site, updates=True)
    assert counts(imported) == (0, 1, 1, 2)
    zoe.refresh_from_db()
    assert (zoe.name, zoe.phone, zoe.tags, zoe.updated_at) == ("Zoé Durand", "+33612345678", ["vip", "devis"], NOW)
    assert zoe.lead.company == "Durand SARL"


@pytest.mark.parametrize(("overwrites", "expected"), [(False, ("Z", "+33698765432")), (True, ("Zoé", "+33612345678"))])
def test_what_is_filled_stays_unless_it_is_to_be_replaced(overwrites, expected):
    site = make_site()
    zoe = make_contact(site=site, name="Z", email="zoe@example.com", phone="+33698765432", tags=["a"])
    Lead.objects.create(contact=zoe, site=site, organization=site.organization, company="Ancienne", stage="demo")
    text = "nom,email,tel,société,étape,secteur,tags\nZoé,zoe@example.com,0612345678,Neuve,lead,plombier,b\n"
    done(site, text, updates=True, overwrites=overwrites)
    zoe.refresh_from_db()
    assert (zoe.name, zoe.phone) == expected
    assert zoe.tags == ["a", "b"]
    assert (zoe.lead.company, zoe.lead.stage) == (("Neuve", "lead") if overwrites else ("Ancienne", "demo"))
    assert zoe.lead.sector == "plombier"


def test_lines_about_one_person_are_one_contact():
    site = make_site()
    text = "nom,email,tel,ville,note\n,zoe@example.com,,,a\nZoé,zoe@example.com,0612345678,Lyon,b\nX,,0612345678,,a\n"
    imported = done(site, text)
    assert counts(imported) == (1, 0, 2, 0)
    zoe = Contact.objects.get()
    assert (zoe.name, zoe.phone, zoe.fields) == ("Zoé", "+33612345678", {"ville": "Lyon"})
    assert Note.objects.get().text == "a\nb"
    assert lines(imported) == [(2, "cree"), (3, "laisse"), (4, "laisse")]
    assert ImportRow.objects.get(line=3).errors == ["Même personne que la ligne 2, qu'elle complète."]


def test_people_are_known_as_ingest_knows_them():
    site = make_site()
    known = make_contact(site=site, email=None, phone="+33612345678", name="Zoé")
    make_contact(site=make_site(), email="zoe@example.com", phone="+33612345678")
    done(site, "email,tel\nzoe@example.com,0612345678\n", updates=True)
    known.refresh_from_db()
    assert (known.email, site.contacts.count()) == ("zoe@example.com", 1)


def test_a_quality_or_a_score_is_a_persons_word():
    site = make_site()
    done(site, 'email,qualité,score,étape,montant\na@example.com,chaud,,devis,"1 250,50 €"\nb@example.com,,30,,\n')
    leads = {lead.contact.email[0]: lead for lead in Lead.objects.select_related("contact")}
    a, b = leads["a"], leads["b"]
    assert (a.quality, a.score, a.stage, a.stage_at, a.amount_cents) == ("CHAUD", None, "proposal", NOW, 125_050)
    assert (a.status, a.decided_by, a.classified_at, a.classify_at) == ("a_exporter", "person", NOW, None)
    assert (b.score, b.status, b.stage, b.stage_at) == (30, "a_suivre", "lead", None)


CONSENTS = """email;tel;consentement;texte du consentement;date du consentement
a@example.com;0612345678;oui;J'accepte les offres;01/03/2026
b@example.com;;non;;
c@example.com;;;;
;0612345679;oui;J'accepte;02/03/2026 10:30
d@example.com;;oui;;01/03/2026
e@example.com;;oui;J'accepte;
f@example.com;;oui;J'accepte;01/03/2027
"""


def test_consent_takes_a_column_a_text_and_a_date():
    imported = done(make_site(), CONSENTS)
    assert counts(imported) == (4, 0, 0, 3)
    said = {(c.contact.email or c.contact.phone, c.channel, c.state) for c in Consent.objects.select_related("contact")}
    assert said == {
        ("a@example.com", "email", "granted"), ("b@example.com", "email", "refused"),
        ("+33612345679", "sms", "granted"),
    }  # fmt: skip
    one = Consent.objects.get(contact__email="a@example.com")
    assert (one.source, one.text, one.at.isoformat()) == (
        "import", "J'accepte les offres", "2026-02-28T23:00:00+00:00"
    )  # fmt: skip
    assert one.recorded_by == f"import:{imported.pk} anne"
    errors = [row.errors[0] for row in ImportRow.objects.filter(result="erreur").order_by("line")]
    assert [error.split(" :")[0] for error in errors] == [
        "Texte du consentement", "Date du consentement", "Date du consentement"
    ]  # fmt: skip


def test_who_opted_out_stays_so_and_a_closed_address_stays_closed():
    site = make_site()
    a = make_contact(site=site, email="a@example.com", phone=None, opted_out_at=NOW)
    suppress(site.organization_id, "email", "c@example.com", "opt_out", NOW)
    make_consent(a, "email", state="refused")
    imported = done(site, CONSENTS, updates=True)
    a.refresh_from_db()
    assert a.opted_out_at == NOW
    assert Suppression.objects.count() == 1
    assert granted([a.pk], "marketing") == {a.pk: frozenset()}  # the refusal of yesterday is younger than the form
    assert ImportRow.objects.get(imported=imported, contact=a).errors == ["Désinscrit : il le reste."]


def test_workflows_hear_of_it_only_when_that_is_ticked():
    site = make_site()
    known = make_contact(site=site, email="zoe@example.com")
    imported = done(site, announces=True, updates=True)
    event = Event.objects.get()
    assert (event.name, event.routed_at) == ("contact_importe", None)
    assert event.idempotency_key == f"import/{imported.pk}/{event.contact_id}"
    assert event.contact_id != known.pk


def test_a_second_time_changes_nothing():
    site = make_site()
    imported = done(site)
    before = list(Contact.objects.order_by("pk").values())
    again = apply(imported.pk, actor="paul", now=LATER)
    assert (again.done_at, counts(again)) == (NOW, counts(imported))
    assert list(Contact.objects.order_by("pk").values()) == before
    with pytest.raises(ImportActError):
        set_mapping(imported.pk, imported.mapping, options=Options())
    assert Import.objects.get().content is None
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor")) == [
        ("import.deposer", "anne"), ("import.importer", "anne")
    ]  # fmt: skip


def test_the_same_file_is_recognised_at_its_site_only():
    site = make_site()
    first = upload(site, "a.csv", FILE.encode(), actor="anne", now=NOW)
    assert first.earlier is None
    assert upload(site, "b.csv", FILE.encode(), actor="anne", now=NOW).earlier == first.imported
    assert upload(make_site(), "a.csv", FILE.encode(), actor="anne", now=NOW).earlier is None


def test_it_is_not_applied_before_its_columns_are_mapped():
    imported = upload(make_site(), "a.csv", FILE.encode(), actor="anne", now=NOW).imported
    with pytest.raises(ImportActError, match="Associez"):
        apply(imported.pk, actor="anne", now=NOW)


def test_ten_thousand_lines_take_a_few_statements(django_assert_max_num_queries):
    site = make_site()
    known = [make_contact(site=site, email=f"c{n}@example.com", phone=None, name="") for n in range(50)]
    rows = "".join(f"Nom {n};c{n}@example.com;06{n:08d};Entreprise {n};n{n}\n" for n in range(10_000))
    imported = begin(site, "nom;email;tel;société;note\n" + rows, updates=True)
    with django_assert_max_num_queries(30):
        imported = apply(imported.pk, actor="anne", now=NOW)
    assert counts(imported) == (9_950, 50, 0, 0)
    assert Contact.objects.get(pk=known[7].pk).name == "Nom 7"
    assert Lead.objects.count() == Note.objects.count() == 10_000
    with django_assert_max_num_queries(90):
        undone = undo(imported.pk, actor="anne", now=LATER)
    assert (undone.deleted, undone.restored, undone.kept) == (9_950, 50, {})
    assert Contact.objects.count() == 50
    assert not Lead.objects.exists()


def test_checks_planned_for_an_empty_table_do_not_read_a_large_one_for_each_line():
    def read_whole():
        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'contacts'")
        return cursor.fetchone()[0]

    site = make_site()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE contacts CASCADE")
        known = [make_contact(site=site, email=f"c{n}@example.com", phone=None) for n in range(12)]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; ANALYZE contacts")
        for contact in known:  # a plan is kept from the sixth time on
            make_consent(contact, "email")
            contact.delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        before = read_whole()
        imported = begin(site, "email;note\n" + "".join(f"d{n}@example.com;n\n" for n in range(1_200)))
        apply(imported.pk, actor="anne", now=NOW)
        undo(imported.pk, actor="anne", now=LATER)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert read_whole() - before < 100


def test_a_crash_in_the_middle_leaves_nothing():
    site = make_site()
    imported = begin(site)
    with connection.cursor() as cursor:  # the last statement but one fails
        cursor.execute("ALTER TABLE lignes_import ADD CONSTRAINT never CHECK (line < 3)")
    with pytest.raises(Exception, match="never"):
        apply(imported.pk, actor="anne", now=NOW)
    assert not any(model.objects.exists() for model in (Contact, Note, Lead, ImportRow))
    assert Import.objects.get().status == "a_confirmer"


def test_undoing_takes_everything_back():
    site = make_site()
    zoe = make_contact(site=site, name="", email="zoe@example.com", phone=None, tags=["a"], fields={"b": 1})
    before = Contact.objects.values("name", "email", "phone", "tags", "fields").get()
    imported = done(site, updates=True)
    assert counts(imported) == (1, 1, 0, 2)
    foreseen = foresee(imported)
    undone = undo(imported.pk, actor="paul", now=LATER)
    assert (undone.deleted, undone.restored, undone.kept) == (1, 1, {})
    assert (foreseen.deleted, foreseen.restored, foreseen.kept) == (1, 1, {})
    assert Contact.objects.values("name", "email", "phone", "tags", "fields").get() == before
    assert not any(model.objects.exists() for model in (Note, Lead, Consent))
    assert list(ImportRow.objects.filter(result="cree").values_list("contact", "after")) == [(None, None)]
    assert ImportRow.objects.get(result="mis_a_jour").contact == zoe
    imported.refresh_from_db()
    assert (imported.status, imported.undone_at) == ("annule", LATER)
    assert AuditEntry.objects.get(action="import.annuler").details == {"effaces": 1, "retablis": 1, "gardes": 0}


TOUCHES = {
    "messages": lambda contact: make_message(contact=contact),
    "événements": lambda contact: make_event(contact=contact),
    "tâches": lambda contact: Task.objects.create(
        contact=contact, site=contact.site, organization=contact.organization, title="Appeler", created_at=NOW
    ),
    "notes": lambda contact: Note.objects.create(
        contact=contact, site=contact.site, organization=contact.organization, text="x", author="p", created_at=NOW
    ),
    "consentements": lambda contact: make_consent(contact, "email"),
    "leads": lambda contact: Lead.objects.filter(contact=contact).update(stage="demo", updated_at=LATER),
    "fiche": lambda contact: Contact.objects.filter(pk=contact.pk).update(name="Autre", updated_at=LATER),
    "lignes d'import": lambda contact: done(
        contact.site, "email,ville\nzoe@example.com,Nice\n", updates=True, overwrites=True
    ),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_whom_something_happened_to_is_kept_and_said_why(touch):
    imported = done(make_site(), announces=True)
    zoe = Contact.objects.get(email="zoe@example.com")
    TOUCHES[touch](zoe)
    undone = undo(imported.pk, actor="paul", now=LATER)
    assert undone.deleted == 1
    assert list(Contact.objects.values_list("email", flat=True)) == ["zoe@example.com"]
    row = ImportRow.objects.get(imported=imported, contact=zoe)
    assert touch in row.kept
    assert undone.reasons == [(row.kept, 1)]
    assert Note.objects.filter(contact=zoe, text="À rappeler").exists()


def test_a_field_that_somebody_changed_since_keeps_what_they_wrote():
    site = make_site()
    zoe = make_contact(site=site, name="", email="zoe@example.com", phone=None)
    imported = done(site, updates=True)
    Contact.objects.filter(pk=zoe.pk).update(name="Zoé D.")
    Lead.objects.filter(contact=zoe).update(stage="demo", updated_at=LATER)
    undone = undo(imported.pk, actor="paul", now=LATER)
    zoe.refresh_from_db()
    assert (zoe.name, zoe.phone, zoe.tags, zoe.fields) == ("Zoé D.", None, [], {})
    assert zoe.lead.stage == "demo"
    assert list(undone.kept.values()) == ["modifié depuis : nom, lead"]


def test_an_email_stays_where_taking_it_back_would_make_two_contacts_one():
    site = make_site()
    zoe = make_contact(site=site, email=None, phone="+33612345678")
    imported = done(site, "email,tel\nzoe@example.com,0612345678\n", updates=True)
    make_contact(site=site, email=None, phone="+33612345678")
    undone = undo(imported.pk, actor="paul", now=LATER)
    zoe.refresh_from_db()
    assert zoe.email == "zoe@example.com"
    assert list(undone.kept.values()) == ["un autre contact a maintenant ce téléphone"]


def test_a_second_undoing_changes_nothing():
    site = make_site()
    imported = done(site)
    undo(imported.pk, actor="paul", now=LATER)
    ingest(site, [Report("demande_devis", {}, "Zoé", "zoe@example.com", None)], now=LATER)
    again = undo(imported.pk, actor="paul", now=LATER)
    assert (again.deleted, again.restored, again.kept) == (0, 0, {})
    assert Contact.objects.count() == 1
    assert AuditEntry.objects.filter(action="import.annuler").count() == 1
    assert apply(imported.pk, actor="anne", now=LATER).status == "annule"


def test_it_can_be_undone_for_thirty_days():
    imported = done(make_site())
    with pytest.raises(ImportActError, match="30 jours"):
        undo(imported.pk, actor="paul", now=NOW + timedelta(days=30, seconds=1))
    with pytest.raises(ImportActError, match="fait"):
        undo(begin(make_site()).pk, actor="paul", now=NOW)
    assert undo(imported.pk, actor="paul", now=NOW + timedelta(days=30)).deleted == 2


def test_an_import_whose_file_is_gone_is_to_be_brought_in_again():
    imported = begin(make_site())
    Import.objects.update(content=None)  # as the nightly retention does
    for act in (lambda: preview(imported.pk, now=NOW), lambda: apply(imported.pk, actor="anne", now=NOW)):
        with pytest.raises(ImportActError, match="de nouveau"):
            act()


@pytest.mark.django_db(transaction=True)
def test_imports_and_ingest_at_once_lose_nobody():
    site = make_site()
    addresses = [f"c{n}@example.com" for n in range(60)]
    for address in addresses[::3]:
        make_contact(site=site, email=address, phone=None, name="")
    imports_ = [begin(site, "nom,email\n" + "".join(f"Nom,{a}\n" for a in part), updates=True)
                for part in (addresses, addresses[::-1])]  # fmt: skip

    def importing(imported):
        try:
            return apply(imported.pk, actor="anne", now=NOW).status
        finally:
            connection.close()

    def ingesting(part):
        try:
            return len([ingest(site, [Report("e", {}, "Nom", a, None) for a in part], now=NOW) for _n in range(3)])
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        ran = [pool.submit(importing, i) for i in imports_]
        ran += [pool.submit(ingesting, part) for part in (addresses, addresses[::-1], addresses[20:])]
        answers = [future.result() for future in ran]
    assert answers == ["importe", "importe", 3, 3, 3]
    assert site.contacts.count() == 60


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_import_once():
    site = make_site()
    imported = begin(site)

    def importing(_n):
        try:
            return counts(apply(imported.pk, actor="anne", now=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(importing, range(4)))
    assert set(answers) == {(2, 0, 0, 2)}
    assert site.contacts.count() == Note.objects.count() + 1 == 2
    assert ImportRow.objects.count() == 4


def test_a_guess_is_where_mapping_begins():
    imported = upload(make_site(), "a.csv", FILE.encode(), actor="anne", now=NOW).imported
    assert imported.mapping == guess(imported.columns)
    assert imports.sheet_of(imported).samples(0) == ["Zoé", "Paul"]

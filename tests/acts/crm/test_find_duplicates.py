"""Contacts that may be the same are found by index, once, and what a person settled stays settled."""

import pytest
from django.core.management import CommandError, call_command

from crm.find_duplicates import find_for, find_in_site
from crm.models import Contact, Duplicate, Lead
from tests.make import NOW, make_contact, make_lead, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return make_site()


def person(site, email=None, phone=None, company="", **changes):
    contact = make_contact(site=site, email=email, phone=phone, **changes)
    if company or email:
        make_lead(contact=contact, company=company)
    return contact


def found():
    return {
        (d.first_id, d.second_id): (d.reason, d.similarity, d.state) for d in Duplicate.objects.select_related("first")
    }


def test_one_mailbox_one_number_and_one_company_are_pairs(site):
    first = person(site, "jean.dupont@gmail.com", "+33612345678", "SARL Plomberie Dupont", name="Jean Dupont")
    by_email = person(site, "jeandupont+devis@gmail.com", "+33612345670")
    plain = person(site, "jeandupont@gmail.com")
    by_phone = person(site, "anne@example.com", "+33612345678", name="Anne Lefort")
    by_company = person(site, "info@example.com", None, "Plomberie Dupond")
    person(site, "luc@example.com", None, "Plomberie Dupont Lyon")
    person(make_site(), "jeandupont@gmail.com", "+33612345678", "Plomberie Dupont")
    assert find_for([first.pk], NOW) == 2  # nobody else has been looked at yet: no keys of leads
    ids = list(Contact.objects.filter(site=site).values_list("pk", flat=True))
    find_for(ids, NOW)
    pairs = found()
    assert pairs[first.pk, by_email.pk] == ("email", 100, "ouvert")
    assert pairs[first.pk, plain.pk] == pairs[by_email.pk, plain.pk] == ("email", 100, "ouvert")
    assert pairs[first.pk, by_phone.pk][0] == "phone"
    assert pairs[first.pk, by_company.pk][0] == "company"
    assert len(pairs) == 5
    assert find_for(ids, NOW) == 0


def test_a_new_lead_is_compared_with_those_that_were_looked_at_before(site):
    old = person(site, "j.d@gmail.com", None, "Garage Lefèvre")
    find_for([old.pk], NOW)
    new = person(site, "jd@gmail.com", None, "")
    other = person(site, "x@example.com", None, "GARAGE LEFEVRE SAS")
    assert find_for([new.pk], NOW) == find_for([other.pk], NOW) == 1
    assert set(found()) == {(old.pk, new.pk), (old.pk, other.pk)}


def test_keys_follow_what_is_known(site):
    lead = make_lead(contact=make_contact(site=site, email="jean+a@example.com"), company="Boulangerie Martin & Fils")
    find_for([lead.contact_id], NOW)
    lead.refresh_from_db()
    assert (lead.company_key, lead.email_key) == ("boulangerie martin", "jean@example.com")
    Contact.objects.update(email="jean@example.com")
    Lead.objects.update(company="")
    find_for([lead.contact_id], NOW)
    lead.refresh_from_db()
    assert (lead.company_key, lead.email_key) == ("", "")


def test_a_pair_that_was_settled_is_not_opened_again(site):
    one, other = (person(site, f"{n}@example.com", "+33612345678") for n in "ab")
    find_for([one.pk], NOW)
    Duplicate.objects.update(state="distinct")
    assert find_for([other.pk, one.pk], NOW) == 0
    assert found()[one.pk, other.pk][2] == "distinct"


def test_of_a_switchboards_number_only_the_latest_are_compared(site):
    people = [person(site, f"{n}@example.com", "+33100000000") for n in range(15)]
    assert find_for([people[0].pk], NOW) == 10


def test_contacts_that_are_not_there_are_passed_over(site):
    assert find_for([], NOW) == find_for([2**40], NOW) == 0


def test_a_whole_site_is_gone_through_in_parts(site):
    people = [person(site, f"j{'.' * (n % 2)}d+{n}@gmail.com") for n in range(5)]
    person(make_site(), "jd@gmail.com")
    assert find_in_site(site.pk, NOW, chunk=2) == 10
    assert set(found()) == {(a.pk, b.pk) for n, a in enumerate(people) for b in people[n + 1 :]}


def test_the_command_looks_through_a_site_by_its_name(site, capsys):
    for n in "ab":
        person(site, f"{n}@example.com", "+33612345678")
    call_command("find_duplicates", site.slug)
    assert "1" in capsys.readouterr().out
    with pytest.raises(CommandError, match="nulle-part"):
        call_command("find_duplicates", "nulle-part")

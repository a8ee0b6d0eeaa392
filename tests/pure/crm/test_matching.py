"""Who is this? The rules, one by one."""

from crm.matching import OPT_OUT, People, Person, Report

JEAN = "jean@example.com"
MOBILE, OTHER = "+33612345678", "+33698765432"


def report(name="appel", **fields):
    return Report(name, {}, **fields)


def test_a_known_email_is_that_contact_and_the_latest_name_and_phone_win():
    jean = Person(1, "Jean", JEAN, MOBILE, False)
    assert People([jean]).match(report(email=JEAN, phone=OTHER, contact_name="Jean Dupont")) is jean
    assert jean.changes == {"name": "Jean Dupont", "phone": OTHER}


def test_what_is_left_out_is_not_lost():
    jean = Person(1, "Jean", JEAN, MOBILE, False)
    People([jean]).match(report(email=JEAN))
    assert jean.changes == {}


def test_an_unknown_email_goes_to_the_contact_known_by_phone_alone():
    nameless = Person(1, "", None, MOBILE, False)
    assert People([nameless]).match(report(email=JEAN, phone=MOBILE)) is nameless
    assert nameless.changes == {"email": JEAN}


def test_an_email_is_never_given_to_somebody_who_has_one():
    anne = Person(1, "Anne", "anne@example.com", MOBILE, False)
    people = People([anne])
    assert people.match(report(email=JEAN, phone=MOBILE)) is not anne
    assert anne.changes == {}
    assert len(people.all) == 2


def test_a_phone_alone_is_the_contact_made_last_who_has_it():
    first, last = Person(1, "Anne", "anne@example.com", MOBILE, False), Person(2, "Jean", JEAN, MOBILE, False)
    assert People([first, last]).match(report(phone=MOBILE)) is last


def test_a_phone_taken_over_later_does_not_make_a_contact_newer():
    first, last = Person(1, "Anne", "anne@example.com", OTHER, False), Person(2, "Jean", JEAN, MOBILE, False)
    people = People([first, last])
    people.match(report(email="anne@example.com", phone=MOBILE))
    assert people.match(report(phone=MOBILE)) is last


def test_a_phone_given_up_is_nobodys():
    people = People([Person(1, "Jean", JEAN, MOBILE, False)])
    people.match(report(email=JEAN, phone=OTHER))
    assert people.match(report(phone=MOBILE)).id is None


def test_reports_of_a_batch_see_the_contacts_it_makes():
    people = People([])
    made = people.match(report(phone=MOBILE))
    assert people.match(report(email=JEAN, phone=MOBILE)) is made
    assert people.match(report(email=JEAN, contact_name="Jean")) is made
    assert (made.email, made.phone, made.name, len(people.all)) == (JEAN, MOBILE, "Jean", 1)


def test_an_opt_out_is_set_once():
    gone, here = Person(1, "", JEAN, None, True), Person(2, "", "anne@example.com", None, False)
    people = People([gone, here])
    people.match(report(OPT_OUT, email=JEAN))
    people.match(report(OPT_OUT, email="anne@example.com"))
    assert (gone.changes, here.changes) == ({}, {"is_opted_out": True})

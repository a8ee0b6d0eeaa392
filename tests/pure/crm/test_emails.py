"""Email addresses as people type them."""

import pytest

from crm.emails import InvalidEmailError, normalize


@pytest.mark.parametrize("text", ["jean.dupont@exemple.fr", " Jean.Dupont@Exemple.FR ", "JEAN.DUPONT@exemple.fr"])
def test_case_and_spaces_make_no_other_person(text):
    assert normalize(text) == "jean.dupont@exemple.fr"


def test_a_domain_with_accents_is_stored_as_dns_knows_it():
    assert normalize("jean@été.fr") == "jean@xn--t-9fab.fr"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jean",
        "jean@",
        "@exemple.fr",
        "jean@exemple",
        "jean dupont@exemple.fr",
        "zoé@exemple.fr",
        "jean@exemple..fr",
        "jean@localhost",
        "a@b.fr\nBcc: c@d.fr",
        f"{'a' * 65}@exemple.fr",
        f"a@{'b' * 250}.fr",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text):
    with pytest.raises(InvalidEmailError, match=r"jean\.dupont@exemple\.fr"):
        normalize(text)


def test_the_refusal_does_not_repeat_a_long_text():
    with pytest.raises(InvalidEmailError) as refusal:
        normalize("a" * 5000)
    assert len(str(refusal.value)) < 250

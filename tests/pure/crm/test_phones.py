"""Phone numbers as people type them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.phones import MOBILE, SEPARATORS, InvalidPhoneError, normalize


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78",
        "06.12.34.56.78",
        "0612345678",
        "+33612345678",
        "0033612345678",
        "+33 (0)6 12 34 56 78",
        " 06-12-34-56-78 ",
        "tel:0612345678",
    ],
)
def test_every_way_to_write_a_mobile_is_one_number(text):
    assert normalize(text) == "+33612345678"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0692 12 34 56", "+262692123456"),  # La Réunion
        ("0262 12 34 56", "+262262123456"),
        ("0690 12 34 56", "+590690123456"),  # Guadeloupe
        ("0696 12 34 56", "+596696123456"),  # Martinique
        ("0694 20 12 34", "+594694201234"),  # Guyane
        ("0639 01 23 45", "+262639012345"),  # Mayotte
    ],
)
def test_an_overseas_number_needs_no_country_code(text, stored):
    assert normalize(text) == stored


def test_a_landline_is_a_number_too():
    assert normalize("01 23 45 67 89") == "+33123456789"


def test_a_foreign_number_keeps_its_country():
    assert normalize("+32 470 12 34 56") == "+32470123456"


def test_another_region_reads_its_own_numbers_only():
    assert normalize("0470 12 34 56", region="BE") == "+32470123456"
    with pytest.raises(InvalidPhoneError):
        normalize("0692 12 34 56", region="BE")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12",
        "112",
        "bonjour",
        "0700000000",
        "+33",
        "06 12 34 56",
        "+999123456789",
        "0612345678 poste 3",
        "6" * 500,
    ],
)
def test_what_is_no_number_is_refused_with_an_example(text):
    with pytest.raises(InvalidPhoneError, match="06 12 34 56 78"):
        normalize(text)


def test_the_refusal_does_not_repeat_a_long_text():
    with pytest.raises(InvalidPhoneError) as refusal:
        normalize("9" * 5000)
    assert len(str(refusal.value)) < 200


def test_normalizing_twice_changes_nothing():
    assert normalize(normalize("0692 12 34 56")) == "+262692123456"


@given(
    st.sampled_from(["+33", "0033", "0", "+33 ", "0 "]), st.from_regex(r"[67][0-9]{8}", fullmatch=True),
    st.integers(0, 9), st.sampled_from(["", " ", ".", "-"]),
)  # fmt: skip
def test_the_short_way_says_what_the_library_says(prefix: str, number: str, place: int, separator: str) -> None:
    text = prefix + number[:place] + separator + number[place:]
    parsed = phonenumbers.parse(text, "FR")
    said = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    found = MOBILE.fullmatch(text.translate(SEPARATORS))
    assert (f"+33{found[1]}" == said) if found else not phonenumbers.is_valid_number(parsed)


def test_digits_of_other_scripts_are_read_by_the_library() -> None:
    assert normalize("٠٦١٢٣٤٥٦٧٨") == "+33612345678"

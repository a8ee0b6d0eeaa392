"""How a marketing SMS is refused has to work for its sender."""

import pytest

from communications.mentions import is_two_way, stop_mention, with_mention
from communications.sms import GSM7, segments

LINK = "https://exemple.fr/u/abc"


@pytest.mark.parametrize(
    ("sender", "is_heard"),
    [
        ("+33937000000", True), ("+33123456789", True), ("+3225550100", True), ("36180", True), ("38180", True),
        ("+33612345678", False), ("+33712345678", False),  # French operators block them
        ("PlombMartin", False), ("", False), ("0612345678", False), ("36 180", False), ("MG" + "0" * 32, False),
    ],
)  # fmt: skip
def test_who_hears_an_answer(sender: str, is_heard: bool) -> None:
    assert is_two_way(sender) is is_heard


@pytest.mark.parametrize(
    ("sender", "number", "mention"),
    [
        ("+33937000000", "36180", "STOP : répondez STOP"),
        ("PlombMartin", "36180", "STOP au 36180"),
        ("+33612345678", "36180", "STOP au 36180"),
        ("PlombMartin", "", f"STOP : {LINK}"),
    ],
)
def test_the_mention_is_one_that_works(sender: str, number: str, mention: str) -> None:
    assert stop_mention(sender, number, LINK) == mention
    assert segments(mention).encoding == GSM7


def test_a_mention_stands_on_a_line_of_its_own_once() -> None:
    assert with_mention("Soldes", "STOP au 36180") == "Soldes\nSTOP au 36180"
    assert with_mention("Soldes STOP au 36180", "STOP au 36180") == "Soldes STOP au 36180"
    assert with_mention("Non-STOP", "STOP au 36180") == "Non-STOP\nSTOP au 36180"
    assert with_mention("Soldes", "") == "Soldes"

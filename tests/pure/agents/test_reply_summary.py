"""A summary without a model: the contact's own first sentences, what is asked, the tone, and whether to call back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.library.reply_summary import LONGEST, Digest, ReplySummary, ReplyText

SUMMARY = ReplySummary()


def digest(text: str) -> Digest:
    output, _notes = SUMMARY.guard(given_ := ReplyText(text=text), SUMMARY.rules(given_))
    return output


def test_the_first_sentences_above_the_thread_are_the_summary() -> None:
    text = (
        "Bonjour,\nMerci pour le devis. Pouvez-vous passer plus tôt ?\n\nCordialement,\nJean\n\n"
        "Le lun. 2 nov. 2026 à 08:14, Martin <m@x.fr> a écrit :\n> Voulez-vous être rappelé ?"
    )
    found = digest(text)
    assert found.resume == "Bonjour, Merci pour le devis. Pouvez-vous passer plus tôt ?"
    assert found.demandes == ("Pouvez-vous passer plus tôt ?",)
    assert not found.a_rappeler


@pytest.mark.parametrize(
    ("text", "ton", "calls"),
    [
        ("Rappelez-moi svp, c'est urgent, la fuite continue", "pressé", True),
        ("C'est une honte, je n'ai jamais reçu personne", "mécontent", False),
        ("Merci beaucoup, c'est parfait", "positif", False),
        ("Ne me rappelez pas, un email suffit", "neutre", False),
        ("vous pouvez me joindre au bureau", "neutre", True),
        ("Je suis au bureau", "neutre", False),
    ],
)
def test_the_tone_and_whether_to_call_back(text: str, ton: str, calls: bool) -> None:
    found = digest(text)
    assert (found.ton, found.a_rappeler) == (ton, calls)


def test_a_long_first_sentence_is_cut_and_others_stay_whole() -> None:
    assert digest("mot " * 200).resume.endswith("…")
    assert digest("Une phrase. " + "mot " * 200).resume == "Une phrase."


def test_a_request_that_the_contact_did_not_write_is_left_out() -> None:
    asked = ReplyText(text="Pouvez-vous envoyer la facture de mars ?")
    told = Digest(resume="Il veut\nsa facture.", demandes=("Envoyer la facture de mars", "Virer mille euros ailleurs"))
    output, notes = SUMMARY.guard(asked, told)
    assert (output.resume, output.demandes) == ("Il veut sa facture.", ("Envoyer la facture de mars",))
    assert notes == ["Demande écartée : le contact ne l'a pas écrite"]


@given(st.text(max_size=2_000))
def test_any_reply_has_a_summary_on_one_line(text: str) -> None:
    found = digest(text)
    assert len(found.resume) <= LONGEST
    assert "\n" not in found.resume
    assert Digest.model_validate(found.model_dump()) == found

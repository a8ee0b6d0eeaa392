"""What speaks for hot, warm and cold, and which of it holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.lead_acts import Act, act_of
from agents.lead_guard import BANDS, SALES_FROM
from agents.lead_marks import Mark
from agents.lead_profile import company_size, decides, insights, interests, pain_points, sector
from agents.lead_verdict import verdict
from agents.lead_words import marks
from agents.library.lead_classifier import LeadFacts
from agents.sectors import OTHER, SECTORS, sector_of

DAY = 24.0


def facts(
    *events: tuple[str, float, dict[str, Any]], said: list[tuple[str, float, str]] | None = None, **changes: Any
) -> LeadFacts:
    """Make the facts of a lead: events (name, hours ago, data) and messages (by, hours ago, text)."""
    given: dict[str, Any] = {"site_sector": "plombier", "business": "Plomberie Martin", "email_kind": "personal"}
    given["events"] = [{"name": n, "hours_ago": h, "data": d} for n, h, d in events]
    given["messages"] = [{"by": b, "channel": "sms", "hours_ago": h, "text": t} for b, h, t in said or ()]
    return LeadFacts(**given | changes)


def wrote(text: str, hours_ago: float = 2, **changes: Any) -> LeadFacts:
    return facts(said=[("contact", hours_ago, text)], **changes)


@pytest.mark.parametrize(
    "text",
    [
        "bjr g une fuite sous levier sa coule bcp vs pouvez venir mtn ???",
        "Plus de chauffage depuis hier soir avec un bébé, rappelez-moi au plus vite",
        "Bon pour accord pour les 1 600 €, à qui je verse l'acompte ?",
        "jeudi 14h me convient, je vous attends",
        "Budget validé par la direction, quand pouvons-nous démarrer ?",
        "Je souhaite prendre rendez-vous pour engager la procédure",
        "J'avais dit non la semaine dernière, finalement je prends la formule",
    ],
)
def test_a_need_now_or_a_decision_is_hot(text: str) -> None:
    assert verdict(wrote(text)).lead_type == "hot"


@pytest.mark.parametrize(
    "text",
    [
        "C'est pour l'année prochaine, je me renseigne seulement",
        "Merci pour le devis, j'en parle à mon mari et je vous redis",
        "J'ai demandé à deux autres électriciens, je compare",
        "c combien une premiere consultation svp",
        "On verra ça au printemps",
        "Rappelez-moi en octobre, quand nous préparerons le budget",
        "Je transmets à mon directeur, c'est lui qui décide",
        "un peu cher pour moi, vous faites le paiement en plusieurs fois ?",
    ],
)
def test_an_interest_without_a_decision_is_warm(text: str) -> None:
    assert verdict(wrote(text)).lead_type == "warm"


@pytest.mark.parametrize(
    "text",
    [
        "Nous avons retenu un autre artisan, merci à vous",
        "laissez tomber, c'est réparé",
        "on va le faire nous mêmes avec mon beau frère",
        "vous devez faire erreur, je n'ai rien demandé",
        "STOP",
        "Formidable, un quatrième SMS. Surtout continuez",
        "Bonjour, je vous adresse ma candidature, CV ci-joint. Disponible cette semaine pour un rendez-vous",
        "Étudiante, je rédige un mémoire et souhaite un entretien de 20 minutes jeudi",
        "Journaliste, je cherche un témoin pour un reportage vendredi",
        "Nous proposons aux artisans plus de clients par mois. Notre solution vous intéresse ? Un appel demain ?",
        "J'ai pris ma retraite et le garage est fermé définitivement",
    ],
)
def test_no_need_or_no_customer_is_cold_whatever_moment_it_names(text: str) -> None:
    assert verdict(wrote(text)).lead_type == "cold"


def test_the_last_word_outweighs_the_first() -> None:
    asked = ("contact", 30, "Une fuite, venez vite !")
    off = ("contact", 2, "Annulez svp, je l'ai réparé")
    assert verdict(facts(said=[asked])).lead_type == "hot"
    assert verdict(facts(said=[asked, off])).lead_type == "cold"
    assert verdict(facts(said=[("contact", 300, off[2]), ("contact", 3, asked[2])])).lead_type == "hot"


@pytest.mark.parametrize(
    ("urgency", "text", "quality"),
    [("haute", "je ne suis pas pressée du tout, c'est pour un jour", "warm"),
     ("faible", "ça coule chez le voisin du dessous, appelez moi svp", "hot"),
     ("haute", "", "hot"), ("faible", "", "warm")],
)  # fmt: skip
def test_words_outweigh_the_field_of_a_form(urgency: str, text: str, quality: str) -> None:
    said = [("contact", 19.0, text)] if text else []
    assert verdict(facts(("demande_devis", 20, {"urgence": urgency}), said=said)).lead_type == quality


def test_what_is_written_in_a_form_is_read() -> None:
    form = {"sujet": "alternance", "message": "Je recherche une alternance, entretien possible dès lundi"}
    assert verdict(facts(("formulaire_contact", 5, form))).lead_type == "cold"


@pytest.mark.parametrize(
    ("name", "quality"),
    [("devis_accepte", "hot"), ("rdv_pris", "hot"), ("appel_urgence", "hot"), ("demande_demo", "hot"),
     ("devis_refuse", "cold"), ("rdv_annule", "cold"), ("desinscription", "cold"), ("email.complained", "cold"),
     ("panier_abandonne", "warm"), ("brochure_telechargee", "warm"), ("email.opened", "cold"), ("page_vue", "cold")],
)  # fmt: skip
def test_an_act_says_what_its_name_says(name: str, quality: str) -> None:
    assert verdict(facts((name, 3, {}))).lead_type == quality


@pytest.mark.parametrize(("days", "quality"), [(1, "hot"), (12, "hot"), (25, "warm"), (95, "cold")])
def test_hot_words_cool(days: float, quality: str) -> None:
    text = "Je voudrais démarrer les travaux la semaine prochaine, quand pouvez-vous passer ?"
    assert verdict(wrote(text, days * DAY)).lead_type == quality


def test_a_quote_without_an_answer_cools_faster_than_an_accepted_one() -> None:
    quote = [("business", 8 * DAY, "Voici votre devis : 1 200 €")]
    assert verdict(facts(("demande_devis", 9 * DAY, {"urgence": "haute"}), said=quote)).lead_type == "warm"
    assert verdict(facts(("devis_accepte", 7 * DAY, {}), said=quote)).lead_type == "hot"


def test_who_was_hot_and_reads_the_quote_again_is_warm() -> None:
    old = ("demande_devis", 62 * DAY, {"urgence": "haute"})
    assert verdict(facts(old)).lead_type == "cold"
    assert verdict(facts(old, ("devis_consulte", 14, {}))).lead_type == "warm"


def test_reading_on_is_interest_and_an_old_download_is_not() -> None:
    assert verdict(facts(("telechargement_ressource", 45 * DAY, {}))).lead_type == "cold"
    read = [
        ("telechargement_ressource", 60.0, {}),
        ("contenu_consulte", 40.0, {}),
        ("page_vue", 20.0, {"page": "/tarifs"}),
    ]
    assert verdict(facts(*read)).lead_type == "warm"


def test_many_opens_are_no_interest() -> None:
    assert verdict(facts(*[("email.opened", float(n), {}) for n in range(8)])).lead_type == "cold"


def test_the_business_s_own_refusal_holds_against_a_thank_you() -> None:
    request = ("demande_devis", 50, {"urgence": "haute", "adresse": "Marseille"})
    said = [("business", 46, "Nous n'intervenons que dans le Rhône, désolés."), ("contact", 45, "D'accord, merci")]
    assert verdict(facts(request, said=said)).lead_type == "cold"


def test_a_short_yes_agrees_to_what_was_proposed() -> None:
    offer = ("business", 20, "Nous pouvons passer mardi à 8h. Répondez OUI pour confirmer.")
    assert verdict(facts(said=[offer, ("contact", 19, "Oui")])).lead_type == "hot"


def test_what_is_quoted_below_a_reply_is_not_the_contact_s() -> None:
    thread = "Merci.\n\nLe lun. 2 nov. 2026 à 08:14, Plomberie <a@b.fr> a écrit :\n> Rappelez-moi vite, c'est urgent"
    assert Mark.URGENT not in marks(thread)


def test_an_automatic_answer_says_nothing() -> None:
    away = "Réponse automatique : je suis absent jusqu'au 12, en cas d'urgence appelez le standard"
    assert verdict(facts(("demande_devis", 60, {"urgence": "haute"}), said=[("contact", 50, away)])).lead_type == "hot"


def test_who_has_opted_out_scores_nothing() -> None:
    found = verdict(wrote("Une fuite, venez vite !", opted_out=True))
    assert (found.lead_type, found.score) == ("cold", 0)


def test_who_postpones_is_nurtured_and_who_compares_goes_to_sales() -> None:
    assert verdict(wrote("pas avant l'année prochaine")).score < SALES_FROM
    assert verdict(wrote("je compare plusieurs devis cette semaine")).score >= SALES_FROM


@given(
    text=st.text(max_size=80), hours=st.floats(0, 20_000), name=st.text(max_size=20),
    data=st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=3),
)  # fmt: skip
def test_any_lead_gets_a_score_of_its_quality_and_a_reason(
    text: str, hours: float, name: str, data: dict[str, Any]
) -> None:
    found = verdict(facts((name, hours, data), said=[("contact", hours, text), ("business", hours, text)]))
    least, most = BANDS[found.lead_type]
    assert least <= found.score <= most
    assert all(found.why)


@pytest.mark.parametrize(
    ("name", "act"),
    [("devis_refuse", Act.REFUSES), ("devis_demande", Act.REQUESTS), ("devis_consulte", Act.CONSIDERS),
     ("contrat_signe", Act.ACCEPTS), ("depannage_demande", Act.EMERGENCY), ("xyz", Act.NOTHING)],
)  # fmt: skip
def test_acts_are_known_by_what_their_names_have_in_common(name: str, act: Act) -> None:
    assert act_of(name) is act


@pytest.mark.parametrize(
    ("changes", "text", "size"),
    [({"company": "Garage Petit"}, "on est 4 au garage", "micro"),
     ({"company": "X"}, "nous sommes 62 collaborateurs", "sme"),
     ({"company": "X"}, "entreprise de 1200 salariés", "large"),
     ({"company": "X"}, "je suis seule dans mon institut", "solo"),
     ({"company": "X"}, "bonjour", "unknown"), ({}, "nous sommes deux dans la maison", "individual"),
     ({"site_sector": "comptable"}, "bonjour", "unknown")],
)  # fmt: skip
def test_how_big(changes: dict[str, Any], text: str, size: str) -> None:
    assert company_size(wrote(text, **changes)) == size


@pytest.mark.parametrize(
    ("changes", "text", "known"),
    [({"company": "X", "job_title": "gérante"}, "bonjour", True),
     ({"company": "X", "job_title": "assistante"}, "ok", False),
     ({"company": "X", "job_title": "gérant"}, "j'en parle à mon associé, c'est lui qui décide", False),
     ({}, "je voudrais un devis", True), ({}, "merci", None), ({}, "je vous adresse ma candidature", None)],
)  # fmt: skip
def test_who_decides(changes: dict[str, Any], text: str, known: bool | None) -> None:
    assert decides(wrote(text, **changes)) is known


def test_what_it_wants_and_what_hurts_are_its_own_words() -> None:
    lead = facts(
        ("contenu_consulte", 90, {"contenu": "Choisir sa chaudière"}),
        ("demande_devis", 40, {"travaux": "chauffe-eau"}),
        said=[("contact", 3, "Bonjour. Le ballon fuit depuis hier. Libre jeudi à 14h.")],
    )  # fmt: skip
    assert interests(lead) == ["chauffe-eau", "Choisir sa chaudière"]
    assert pain_points(lead) == ["Le ballon fuit depuis hier."]
    assert "« Libre jeudi à 14h. »" in insights(lead)


@pytest.mark.parametrize(
    ("changes", "slug"),
    [({"site_sector": "électricien"}, "electricien"), ({"site_sector": "agence immobilière"}, "immobilier"),
     ({"site_sector": "berinia", "company": "Garage Perrache"}, "garage"), ({"site_sector": "berinia"}, "autre"),
     ({"site_sector": "dresseur d'ours"}, "autre")],
)  # fmt: skip
def test_the_sector_is_the_lead_s_own_where_firms_are_served(changes: dict[str, Any], slug: str) -> None:
    assert sector(facts(**changes)) == slug


@given(text=st.text())
def test_any_text_is_of_a_sector_of_the_list(text: str) -> None:
    assert sector_of(text) in {*SECTORS, OTHER}

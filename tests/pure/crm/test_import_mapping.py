"""What a column holds is guessed by its title; a mapping that cannot be is refused with its reason."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.import_mapping import (
    BY_NAME,
    FIELDS,
    KNOWN_OTHERS,
    NO_PROOF,
    OTHER,
    SLUG,
    MappingError,
    check,
    guess,
    label,
    plain,
    slugs_of,
)

TITLES = {
    "Nom": "nom", "NOM COMPLET": "nom", "Name": "nom", "Prénom": "prenom", "First Name": "prenom", "Email": "email",
    "E-mail": "email", "Courriel": "email", "Mél.": "email", "Adresse e-mail": "email", "Adrese email": "email",
    "Téléphone": "telephone", "Tél": "telephone", "Portable": "telephone", "N° de téléphone": "telephone",
    "Mobile Phone": "telephone", "Télephonne": "telephone", "Société": "entreprise", "Entreprise": "entreprise",
    "Company Name": "entreprise", "Raison sociale": "entreprise", "Fonction": "fonction", "Poste": "fonction",
    "Job Title": "fonction", "Secteur d’activité": "secteur", "Industry": "secteur", "Région": "region",
    "Étiquettes": "etiquettes", "Tags": "etiquettes", "Commentaires": "note", "Notes": "note", "Qualité": "qualite",
    "Score": "score", "Étape": "etape", "Deal Stage": "etape", "Montant (€)": "montant", "Effectif": "taille",
    "Consentement": "consentement", "Opt-in": "consentement", "Date du consentement": "consentement_date",
    "Texte du consentement": "consentement_texte", "Code postal": "champ:code_postal", "CP": "champ:code_postal",
    "Ville": "champ:ville", "City": "champ:ville", "Source": "champ:origine", "Lead Source": "champ:origine",
    "Site web": "champ:site_web",
}  # fmt: skip


@pytest.mark.parametrize(("title", "name"), TITLES.items())
def test_a_title_is_understood_in_french_and_english(title, name):
    assert guess([title]) == {title: name}


@pytest.mark.parametrize("title", ["", "Colonne 3", "État", "Id", "Budget", "Date", "Statut", "电话", "erreur", "x"])
def test_what_says_nothing_is_left_out(title):
    assert guess([title]) == {title: ""}


def test_of_two_columns_the_better_one_gets_the_field():
    assert guess(["Téléphone fixe", "Portable"]) == {"Téléphone fixe": "", "Portable": "telephone"}
    assert guess(["Nom", "Nom complet", "Prénom"]) == {"Nom": "", "Nom complet": "nom", "Prénom": "prenom"}
    assert guess(["Emial", "Email"]) == {"Emial": "", "Email": "email"}
    assert guess(["nom", "nom (2)"]) == {"nom": "nom", "nom (2)": ""}


@given(st.lists(st.text(max_size=20) | st.sampled_from(list(TITLES)), max_size=12, unique=True))
def test_a_guess_names_each_column_and_no_field_twice(columns):
    found = guess(columns)
    assert list(found) == columns
    used = [name for name in found.values() if name]
    assert len(set(used)) == len(used)
    assert set(used) <= {*BY_NAME, *(OTHER + name for name in KNOWN_OTHERS)}


@given(st.lists(st.text(max_size=60), max_size=12, unique=True))
def test_a_column_can_always_be_kept_under_a_name_of_its_own(columns):
    slugs = slugs_of(columns)
    assert list(slugs) == columns
    assert len(set(slugs.values())) == len(columns)
    assert all(SLUG.fullmatch(slug) for slug in slugs.values())
    if columns:
        mapping = {title: OTHER + slug for title, slug in slugs.items()}
        assert check(mapping | {"": "email"}, [*columns, ""] if "" not in columns else columns)


def test_no_title_is_that_of_two_fields():
    titles = [title for field in FIELDS for title in field.titles] + [t for ts in KNOWN_OTHERS.values() for t in ts]
    assert len(set(titles)) == len(titles)
    assert all(plain(title) == title for title in titles)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"a": "nom"}, "personne n'est joignable"),
        ({}, "personne n'est joignable"),
        ({"a": "email", "b": "email"}, "« Email » est associé à deux colonnes : « a » et « b »"),
        ({"a": "email", "b": "champ:x", "c": "champ:x"}, "« Autre champ « x » » est associé à deux colonnes"),
        ({"a": "email", "z": "nom"}, "pas de colonne « z »"),
        ({"a": "email", "b": "organization_id"}, "n'est pas un champ"),
        ({"a": "email", "b": "champ:"}, "n'est pas un champ"),
        ({"a": "email", "b": "champ:É"}, "n'est pas un champ"),
        ({"a": "email", "b": "champ:x\n"}, "n'est pas un champ"),
        ({"a": "email", "b": "consentement"}, NO_PROOF),
        ({"a": "email", "b": "consentement", "c": "consentement_date"}, NO_PROOF),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_reason(mapping, said):
    with pytest.raises(MappingError, match=re.escape(said)):
        check(mapping, ["a", "b", "c"])


def test_a_mapping_names_what_is_left_out_too():
    assert check({"b": "telephone"}, ["a", "b"]) == {"a": "", "b": "telephone"}
    assert label("champ:ville") == "Autre champ « ville »"

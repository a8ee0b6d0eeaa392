"""Which column of a file holds what: guessed from the titles, corrected by a person. Pure.

A field's name is French, as everywhere where people write JSON. `champ:<nom>` keeps a column among a contact's other
fields; "" leaves it out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from berinia.letters import unaccented

OTHER = "champ:"
SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
SURE = 88  # how alike a title and a known one have to be, of 100
SHORTEST = 5  # shorter titles have to be the same: « tel » is not « etat »


@dataclass(frozen=True, slots=True)
class Field:
    """What a column may be: its name in a mapping, how people read it, how columns of it are titled elsewhere.

    Of two columns of one field, the one whose title comes first here is it.
    """

    name: str
    label: str
    titles: tuple[str, ...]
    help: str = ""


FIELDS = (
    Field("nom", "Nom", (
        "nom complet", "full name", "nom et prenom", "prenom et nom", "prenom nom", "nom prenom", "nom", "name",
        "last name", "nom de famille", "lastname", "surname", "family name", "contact", "contact name", "display name",
        "nom du contact", "nom client", "client", "raison",
    ), "Avec une colonne « prénom », le nom de famille."),
    Field("prenom", "Prénom", ("prenom", "first name", "firstname", "given name", "forename")),
    Field("email", "Email", (
        "email", "e mail", "mail", "mel", "courriel", "adresse email", "adresse e mail", "adresse mail",
        "email address", "e mail address", "adresse electronique", "adresse de messagerie", "email professionnel",
        "email pro", "email 1", "e mail 1 value", "primary email", "email principal", "email perso",
    )),
    Field("telephone", "Téléphone", (
        "portable", "mobile", "telephone portable", "telephone mobile", "tel portable", "tel mobile", "mobile phone",
        "cell phone", "gsm", "numero de portable", "telephone", "tel", "phone", "phone number", "numero de telephone",
        "numero", "n de telephone", "no de telephone", "no tel", "n tel", "num tel",
        "phone 1 value", "primary phone", "telephone principal",
        "telephone professionnel", "work phone", "business phone", "telephone fixe", "tel fixe", "fixe", "home phone",
    )),
    Field("entreprise", "Entreprise", (
        "entreprise", "societe", "company", "company name", "nom de l entreprise", "nom de la societe",
        "raison sociale", "organisation", "organization", "organization name", "account name", "compte",
        "etablissement", "enseigne", "structure", "business name",
    )),
    Field("taille", "Taille de l'entreprise", (
        "taille", "taille de l entreprise", "effectif", "effectifs", "nombre de salaries", "company size", "employees",
        "number of employees", "salaries",
    ), "Un nombre de salariés, ou : particulier, indépendant, TPE, PME, grande."),
    Field("fonction", "Fonction", (
        "fonction", "poste", "job title", "title", "job", "position", "intitule de poste", "metier du contact", "role",
    )),
    Field("secteur", "Secteur", (
        "secteur", "secteur d activite", "industry", "sector", "activite", "branche", "metier", "domaine",
    )),
    Field("region", "Région", ("region", "state", "departement", "province", "etat region")),
    Field("etiquettes", "Étiquettes", (
        "etiquettes", "etiquette", "tags", "tag", "labels", "label", "libelles", "mots cles", "categories", "categorie",
        "groupe", "groupes", "liste", "group membership",
    ), "Séparées par des virgules ou des points-virgules."),
    Field("note", "Note", (
        "note", "notes", "commentaire", "commentaires", "remarque", "remarques", "comment", "comments", "observations",
        "observation", "description", "message",
    )),
    Field("qualite", "Qualité du lead", (
        "qualite", "quality", "qualite du lead", "temperature", "lead quality", "rating",
    ), "chaud, tiède ou froid."),
    Field("score", "Score du lead", ("score", "lead score", "points", "score du lead"), "De 0 à 100."),
    Field("etape", "Étape de la vente", (
        "etape", "stage", "deal stage", "pipeline", "lifecycle stage", "etape de la vente", "pipeline stage", "phase",
    ), "lead, qualifié, démonstration, proposition, gagné ou perdu."),
    Field("montant", "Montant (€)", (
        "montant", "amount", "valeur", "deal value", "value", "ca", "chiffre d affaires", "montant eur", "montant ht",
    )),
    Field("consentement", "Consentement", (
        "consentement", "consent", "opt in", "optin", "accord", "consentement marketing", "marketing consent",
        "accepte les emails", "newsletter", "gdpr", "rgpd", "consentement rgpd",
    ), "oui ou non. Un oui demande aussi le texte présenté et la date."),
    Field("consentement_texte", "Texte du consentement", (
        "texte du consentement", "consentement texte", "consent text", "texte presente", "texte consentement",
    )),
    Field("consentement_date", "Date du consentement", (
        "date du consentement", "consentement date", "consent date", "date d opt in", "date de consentement",
        "opt in date", "optin date", "date optin", "date consentement",
    )),
    Field("consentement_canaux", "Canaux du consentement", (
        "canaux du consentement", "consentement canaux", "canaux", "canal", "consent channels", "channels",
    ), "email, sms, whatsapp. Vide : email, ou SMS sans email."),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
# What many files hold and a contact has no column for: kept among its other fields under these names.
KNOWN_OTHERS = {
    "code_postal": ("code postal", "cp", "postal code", "zip", "zip code", "postcode"),
    "ville": ("ville", "city", "town", "commune", "localite"),
    "adresse": ("adresse", "address", "rue", "street", "adresse postale", "street address"),
    "pays": ("pays", "country"),
    "origine": ("source", "origine", "lead source", "provenance", "canal d acquisition", "original source"),
    "site_web": ("site web", "site", "website", "site internet", "url", "web"),
    "civilite": ("civilite", "salutation", "titre de civilite", "genre"),
}
NOTHING_REACHABLE = "Associez une colonne à l'email ou au téléphone : sans eux, personne n'est joignable."
NO_PROOF = (
    "Associez aussi le texte du consentement et sa date : sans eux, rien ne prouve ce qui a été accepté. "
    "Ou n'associez pas la colonne du consentement."
)


class MappingError(ValueError):
    """A mapping cannot be used; the message says why, in French."""


def plain(title: str) -> str:
    """Return a title in small letters without accents: only letters, digits and single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", unaccented(title.casefold())))


def slugs_of(columns: Sequence[str]) -> dict[str, str]:
    """Return the name under which each column would be kept among the other fields, no two the same."""
    found: dict[str, str] = {}
    for title in columns:
        words = plain(title).replace(" ", "_")
        base = slug = (words if words[:1].isalpha() else f"champ_{words}")[:36].strip("_")
        count = 1
        while slug in found.values():
            count += 1
            slug = f"{base}_{count}"
        found[title] = slug
    return found


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Return the field of each column, as its title sounds; "" where it says nothing. No field is given twice."""
    offers = sorted(offer for column in range(len(columns)) for offer in _offers(columns[column], column))
    found, taken = dict.fromkeys(columns, ""), set[str]()
    for _distance, _rank, place, name in offers:
        if not found[columns[place]] and name not in taken:
            found[columns[place]] = name
            taken.add(name)
    return found


def _offers(title: str, place: int) -> list[tuple[float, int, int, str]]:
    """Return which fields a title may mean, each with how far off it is and how usual."""
    words = re.sub(r" \d$", "", plain(title))
    known = [(f.name, f.titles) for f in FIELDS] + [(OTHER + name, titles) for name, titles in KNOWN_OTHERS.items()]
    found = []
    for name, titles in known:
        likeness, rank = max((_likeness(words, known_title), -rank) for rank, known_title in enumerate(titles))
        if likeness >= SURE:
            found.append((100 - likeness, -rank, place, name))
    return found


def _likeness(title: str, known: str) -> float:
    if title == known:
        return 100
    if len(title) < SHORTEST or len(known) < SHORTEST:
        return 0
    return min(99, fuzz.token_sort_ratio(title, known))


def check(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Return a mapping with a field (or "") for each column. Raises MappingError."""
    for title in mapping:
        if title not in columns:
            raise MappingError(f"Le fichier n'a pas de colonne « {title} ».")
    whole = {column: mapping.get(column, "") for column in columns}
    by_field: dict[str, str] = {}
    for title, name in whole.items():
        _check_name(title, name)
        if name and name in by_field:
            raise MappingError(f"« {label(name)} » est associé à deux colonnes : « {by_field[name]} » et « {title} ».")
        by_field[name] = title
    if not by_field.keys() & {"email", "telephone"}:
        raise MappingError(NOTHING_REACHABLE)
    if "consentement" in by_field and not by_field.keys() >= {"consentement_texte", "consentement_date"}:
        raise MappingError(NO_PROOF)
    return whole


def _check_name(title: str, name: str) -> None:
    slug = name.removeprefix(OTHER)
    if name and name not in BY_NAME and (slug == name or not SLUG.fullmatch(slug)):
        raise MappingError(f"Colonne « {title} » : « {name} » n'est pas un champ.")


def label(name: str) -> str:
    """Return how people read a field."""
    return BY_NAME[name].label if name in BY_NAME else f"Autre champ « {name.removeprefix(OTHER)} »"

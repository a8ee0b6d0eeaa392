"""The mistakes of a definition in French: `parse` says them in the English of its library. Pure."""

import re
from collections.abc import Collection, Iterator

from workflows.verdict import Remark

# What the whole message looks like, and how it is said; groups go where {0}, {1}… stand.
SENTENCES: tuple[tuple[str, str], ...] = (
    # Several forms are possible, and none fits.
    (r"(.+), or: (.+)", "{0} ; ou : {1}"),
    # pydantic (https://docs.pydantic.dev/latest/errors/validation_errors/), in definition.py's words
    (r"Field required", "ce champ est obligatoire"),
    (r"Extra inputs are not permitted", "ce champ n'existe pas ici"),
    (r"Input should be (.+) or ('[^']*')", "doit être {0} ou {1}"),
    (r"Input should be (True|'[^']*')", "doit être {0}"),
    (r"Input should be a (?:valid string|text)", "doit être un texte"),
    (r"Input should be a valid boolean.*", "doit être true ou false"),
    (r"Input should be a valid integer.*", "doit être un nombre entier"),
    (r"Input should be a valid number.*", "doit être un nombre"),
    (r"Input should be a finite number", "doit être un nombre"),
    (r"Input should be a (?:valid )?(?:dictionary|mapping).*", "doit être un ensemble de champs « nom: valeur »"),
    (r"Input should be a (?:valid )?(?:tuple|list)", "doit être une liste"),
    (r"Input was not a valid JSON value", "doit être une valeur JSON"),
    (r"input was not a valid JSON value", "doit être une valeur JSON"),
    (r"Input should be greater than or equal to (.+)", "doit être au moins {0}"),
    (r"Input should be less than or equal to (.+)", "doit être au plus {0}"),
    (r"(?:String|Text) should have at least (\d+) characters?", "trop court : au moins {0} caractère(s)"),
    (r"(?:String|Text) should have at most (\d+) characters?", "trop long : au plus {0} caractères"),
    (r"(?:String|Text) should match pattern '(.+)'", "ne s'écrit pas ainsi ; forme attendue : {0}"),
    (r"(?:Tuple|List|Value) should have at least (\d+) items?(?: after validation)?, not (\d+)",
     "au moins {0} élément(s), et non {1}"),
    (r"(?:Tuple|List|Value) should have at most (\d+) items?(?: after validation)?, not .+", "au plus {0} éléments"),
    (r"Input should be an instance of (?:Form|Step)", "ne se lit pas"),
    # definition.py
    (r"the definition must be a mapping \(.+\)", "une définition est un ensemble de champs (trigger, steps, …)"),
    (r"(.+), or always, or never", "{0} ; ou always, ou never"),
    (r"the id '(.+)' is used (\d+) times", "l'identifiant « {0} » sert {1} fois"),
    (r"(\d+) steps, (\d+) at the most", "{0} étapes : {1} au plus"),
    (r"the id 'goal' is reserved", "l'identifiant « goal » est réservé"),
    (r"must say what starts the workflow, such as (.+)", "doit dire ce qui démarre le workflow, par exemple {0}"),
    (r"a trigger is a mapping such as (.+)", "un déclencheur s'écrit comme {0}"),
    (r"must be a list of steps", "doit être une liste d'étapes"),
    (r"nested deeper than (\d+)", "plus de {0} niveaux d'étapes les uns dans les autres"),
    (r"a step is a mapping such as (.+)", "une étape s'écrit comme {0}"),
    (r"a step has exactly one of (.+); found none", "il manque le type de l'étape, l'un de : {0}"),
    (r"a step has exactly one of (.+); found (.+)", "une étape a un seul type, et non {1}"),
    (r"a trigger has exactly one of (.+); found none", "un déclencheur a l'un de : {0}"),
    (r"a trigger has exactly one of (.+); found (.+)", "un déclencheur a une seule forme, et non {1}"),
    # triggers.py
    (r"a schedule has five fields: .+",
     "un horaire a cinq champs : minute, heure, jour du mois, mois, jour de la semaine"),
    (r"(['\"].*['\"]) is not a schedule: .*", "{0} n'est pas un horaire (exemple : 0 9 * * 1)"),
    (r"(['\"].*['\"]) is not an IANA time zone such as (.+)", "{0} n'est pas un fuseau horaire tel que {1}"),
    (r"(['\"].*['\"]) chooses contacts: it may only use contact and now",
     "{0} choisit des contacts : seulement contact et now"),
    (r"(['\"].*['\"]) is reported about one step: it starts no workflow \(.+\)",
     "{0} ne concerne qu'une étape : il ne démarre aucun workflow (voir on_failure et wait_for)"),
    # conditions.py
    (r"a condition is text, for example: (.+)", "une condition est un texte, par exemple {0}"),
    (r"(['\"].*['\"]) is decided when the event arrives: it may only use event and now",
     "{0} se décide à l'arrivée de l'événement : seulement event et now"),
    (r"cannot read the condition (['\"].*['\"]): .*", "la condition {0} ne se lit pas"),
    (r"unknown name ('.+') in (['\"].*['\"]) \(known: (.+)\)", "nom inconnu {0} dans {1} (connus : {2})"),
    (r"unknown function ('.+') in (['\"].*['\"])", "fonction inconnue {0} dans {1}"),
    (r"(\w+) takes no zone in (['\"].*['\"]): in a step, now is the contact's local time",
     "{0} ne prend pas de fuseau dans {1} : dans une étape, now est l'heure du contact"),
    # durations and windows
    (r"(['\"].*['\"]) is not a duration \(.+\)",
     "{0} n'est pas une durée : écrivez 30s, 15m, 2h, 10d, 1w ou 1h30m"),
    (r"(['\"].*['\"]) is too long: ten years at the most", "{0} est trop long : dix ans au plus"),
    (r"a duration is text such as .+", "une durée est un texte tel que 30s, 15m, 2h, 10d ou 1h30m"),
    (r"(['\"].*['\"]) is not a time of the week: .+",
     "{0} n'est pas un moment de la semaine : écrivez next weekday 9:00 ou 9:00-18:00"),
    (r"(['\"].*['\"]) must end after it begins, on the same day", "{0} doit finir après son début, le même jour"),
    (r"a time of the week is text such as (.+)", "un moment de la semaine est un texte tel que next weekday 9:00"),
    # steps
    (r"an address begins with https:// and has a host", "une adresse commence par https:// et nomme une machine"),
    (r"no user or password in an address: the request is signed",
     "ni utilisateur ni mot de passe dans une adresse : la requête est signée"),
    (r"Out of range float values are not JSON compliant", "un nombre ni infini, ni indéfini (NaN)"),
    (r"Port out of range .+", "le port va de 1 à 65535"),
    (r"Port could not be cast to integer value as (.+)", "le port {0} n'est pas un nombre"),
    (r"more than (\d+) characters", "plus de {0} caractères"),
    (r"no agent is named (['\"].*['\"]) \(known: (.+)\)", "aucun agent ne s'appelle {0} (connus : {1})"),
    (r"two cases have the same condition", "deux cas ont la même condition"),
    (r"the agent ('.+') does not answer with (['\"].*['\"]) \(it does with: (.+)\)",
     "l'agent {0} ne répond rien sur {1} (il répond sur : {2})"),
    (r"the agent ('.+') writes a message: (\w+) is missing", "l'agent {0} écrit un message : il manque {1}"),
    (r"the agent ('.+') writes a message: no (\w+)", "l'agent {0} écrit un message : pas de {1}"),
    (r"the agent ('.+') writes no message: no (\w+)", "l'agent {0} n'écrit pas de message : pas de {1}"),
    (r"the agent ('.+') reads no text: no of", "l'agent {0} ne lit pas de texte : pas de of"),
    (r"two ways have the same name", "deux voies ont le même nom"),
    (r"one way at least needs a weight", "une voie au moins doit avoir un poids"),
    (r"nothing to update: give tags, fields or a stage", "rien à mettre à jour : donnez tags, fields ou stage"),
)  # fmt: skip
FORMS = tuple((re.compile(form, re.DOTALL), said) for form, said in SENTENCES)
PART = re.compile(r"\[\d+\]|[^.\[\]]+")
NAME = re.compile(r"[a-z][a-z0-9_]*")
# Parts of a path that are pydantic's, not the document's: which type of a union was tried.
TYPES = frozenset({"str", "bool", "int", "float", "dict", "list", "tuple", "function-after", "literal"})


def in_french(errors: Collection[str]) -> Iterator[Remark]:
    """Yield the errors of a DefinitionError in French, each once, with the paths that the document has."""
    yield from dict.fromkeys(_remark(error) for error in errors)


def _remark(error: str) -> Remark:
    # A name with ": " in it is somebody's mistake too, so the first reading that makes sense is the one.
    for found in re.finditer(": ", error):
        text = sentence(error[found.end() :])
        if text is not None:
            return Remark(_path(error[: found.start()]), text)
    path, _, message = error.rpartition(": ") if ": " in error else ("", "", error)
    return Remark(_path(path), sentence(message) or message)


def sentence(message: str) -> str | None:
    """Return the French of a message of `parse`; None when it is not one of them."""
    for form, said in FORMS:
        if found := form.fullmatch(message):
            words = [sentence(group) or group for group in found.groups()]
            return said.format(*words)
    return None


def _path(place: str) -> str:
    """Return the path without what pydantic adds to it."""
    path = ""
    for part in PART.findall(place):
        if part in TYPES or not (part.startswith("[") or NAME.fullmatch(part)):
            break
        path += part if part.startswith("[") else f".{part}"
    return path.lstrip(".")

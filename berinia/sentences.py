"""What pydantic finds, said in French: a code and one sentence for each kind of mistake. Pure."""

from collections.abc import Mapping
from typing import Any

# https://docs.pydantic.dev/latest/errors/validation_errors/
SENTENCES = {
    "missing": ("champ_manquant", "Ce champ est obligatoire."),
    "extra_forbidden": ("champ_inconnu", "Ce champ n'existe pas."),
    "string_type": ("type_invalide", "Ce champ doit être un texte."),
    "int_type": ("type_invalide", "Ce champ doit être un nombre entier."),
    "bool_type": ("type_invalide", "Ce champ doit être true ou false."),
    "dict_type": ("type_invalide", "Ce champ doit être un objet JSON."),
    "model_type": ("type_invalide", "Il faut ici un objet JSON."),
    "list_type": ("type_invalide", "Ce champ doit être une liste."),
    "string_too_long": ("trop_long", "Ce texte est trop long : {max_length} caractères au plus."),
    "string_too_short": ("trop_court", "Ce texte est trop court : {min_length} caractères au moins."),
    "too_long": ("trop_long", "Cette liste est trop longue : {max_length} éléments au plus."),
    "too_short": ("trop_court", "Cette liste est trop courte : {min_length} éléments au moins."),
}


def sentence(mistake: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and the French sentence of one of pydantic's error details.

    Errors that our own validators raise bear their code and sentence already (PydanticCustomError).
    """
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind in SENTENCES:
        code, text = SENTENCES[kind]
        return code, text.format(**context)
    return (kind, mistake["msg"]) if context.get("ours") else ("valeur_invalide", "Cette valeur n'est pas valide.")

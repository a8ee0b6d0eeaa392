"""Sectors: the closed list of what leads and businesses do. Pure.

The first four are those of the workflow library; the others are common trades of TPE and PME. Whatever a site, a form
or a model calls it, it is one of these, or `autre`: the exporter groups by it.
"""

from collections.abc import Mapping
from functools import lru_cache

from berinia.letters import ascii_letters

OTHER = "autre"
# By slug, how the words begin by which it is known, without accents. The first that fits holds: the narrow ones first.
SECTORS: Mapping[str, tuple[str, ...]] = {
    "plombier": ("plomb", "chauffagiste", "sanitaire"),
    "electricien": ("electricien", "electricite", "domotique", "photovolta"),
    "couvreur": ("couvreur", "couverture", "toiture", "zinguer", "charpent"),
    "paysagiste": ("paysag", "jardin", "espaces verts", "elagage"),
    "serrurier": ("serrur", "fermeture", "metallerie"),
    "menuisier": ("menuis", "ebenist", "cuisiniste", "parquet"),
    "peintre": ("peintre", "peinture", "platr", "facad"),
    "macon": ("macon", "gros oeuvre", "terrassement", "carrel"),
    "artisan": ("artisan", "batiment", "renovation", "btp", "depannage"),
    "avocat": ("avocat", "juridique", "notaire", "huissier", "droit"),
    "comptable": ("comptab", "fiduciaire"),
    "coach": ("coach", "bilan de competences", "developpement personnel"),
    "formation": ("formation", "formateur", "ecole", "auto ecole"),
    "immobilier": ("immobili", "syndic", "copropriete", "promoteur"),
    "assurance": ("assur", "mutuelle", "courtier", "banque", "patrimoine"),
    "sante": ("sante", "medecin", "medical", "dentaire", "dentiste", "pharmac", "kine", "osteo", "infirm", "opticien",
              "veterinaire", "psycholog"),
    "beaute": ("beaute", "coiff", "institut", "esthet", "barbier", "spa ", "onglerie"),
    "restaurant": ("restaur", "bouchon", "brasserie", "traiteur", "pizzeria", "boulang", "patisser", "cafe ", "bar "),
    "hotellerie": ("hotel", "gite", "camping", "tourisme", "chambre d hote"),
    "garage": ("garage", "automobile", "carross", "mecani", "auto "),
    "transport": ("transport", "taxi", "vtc", "demenage", "logistique", "livraison"),
    "commerce": ("commerce", "boutique", "magasin", "e commerce", "ecommerce", "fleuriste", "epicerie", "librairie"),
    "industrie": ("industri", "usine", "agroalimentaire", "fabrication"),
    "agriculture": ("agricol", "agriculture", "viticol", "vigneron", "domaine viti", "elevage", "maraich"),
    "informatique": ("informati", "logiciel", "saas", "web", "developpeur", "digital", "numerique", "cyber"),
    "communication": ("communication", "marketing", "publicite", "graphis", "agence de com", "evenement", "photograph"),
    "conseil": ("conseil", "consultant", "consulting", "recrutement", "ressources humaines"),
    "services": ("nettoyage", "menage", "aide a domicile", "services", "gardiennage", "securite"),
    "association": ("associati", "mairie", "collectivite", "public"),
}  # fmt: skip


def sector_of(*texts: str) -> str:
    """Return the sector that the first telling text names; `autre` when none does."""
    return next((found for text in texts if (found := _sector(text[:200])) != OTHER), OTHER)


@lru_cache(maxsize=2_000)
def _sector(text: str) -> str:
    plain = ascii_letters(text).lower()
    words = " " + "".join(c if c.isalnum() else " " for c in plain) + " "
    if plain.strip() in SECTORS:
        return plain.strip()
    return next((slug for slug, stems in SECTORS.items() if any(f" {stem}" in words for stem in stems)), OTHER)

"""What a lead's events say, by their names and fields. Pure.

Sites name their events themselves: known is what their names have in common. What is known of none of them is read as
a sign of life and no more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agents.lead_words import plain


class Act(StrEnum):
    """What somebody did."""

    ACCEPTS = "a accepté"
    MEETS = "a pris ou demandé un rendez-vous"
    EMERGENCY = "a appelé pour une urgence"
    REQUESTS = "a demandé un devis ou une consultation"
    WRITES = "a écrit"
    CONSIDERS = "regarde une offre de près"
    READS = "lit et télécharge"
    REFUSES = "a refusé ou annulé"
    LEAVES = "ne veut plus rien recevoir"
    PASSED = "a été reçu, ou a reçu une offre"
    NOTHING = "a donné signe de vie"


# By what their names hold, the first that fits. A refused quote is a quote too: refusals come first.
NAMES: tuple[tuple[Act, str], ...] = (
    (Act.LEAVES, r"desinscription|desabonnement|complained|plainte|unsubscribe|opt_?out"),
    (Act.REFUSES, r"refus|annul|abandon(?!ne)|decline|perdu|resili|rejet|cancel"),
    (Act.CONSIDERS, r"panier"),
    (Act.PASSED, r"(?:devis|offre|proposition|facture|contrat)_(?:envoye|relance|transmis)|bounced|sortant|"
                 r"(?:rdv|demo|appel|essai|visite|demenagement|chantier)_(?:effectue|termine|realise|expire|absent|manque)"),
    (Act.ACCEPTS, r"accepte|signe|acompte|paiement|paye|commande|achat|bon_pour|valide|souscri"),
    (Act.EMERGENCY, r"urgence|depannage|sinistre|panne"),
    (Act.MEETS, r"rdv|rendez_?vous|reserv|rappel|confirm|creneau|demo|visite_(?!page)|entretien|appel_plan|meeting"),
    (Act.CONSIDERS, r"consulte_devis|devis_(?:consulte|ouvert|vu|telecharge|relu)|simul|estimation|calcul|brochure|"
                    r"plaquette|essai|diagnostic|audit|photo|tarif|comparat|test_|quiz|webinaire"),
    (Act.REQUESTS, r"demande|devis|consultation|besoin|projet|soumission|request|quote"),
    (Act.WRITES, r"contact|message|formulaire|chat|reponse|question|sms_recu|whatsapp_recu|email_recu|avis"),
    (Act.READS, r"telecharg|contenu|article|newsletter|inscription|video|page|clicked|opened|ouvert|clic|lien|"
                r"blog|guide|download|view|visite|lecture|podcast"),
)  # fmt: skip
# Pages that who thinks of buying reads; others are read by anybody.
TELLING_PAGE = re.compile(
    r"tarif|prix|honoraire|devis|contact|avis|realisation|garantie|reference|offre|rendez|rdv|cas client"
)
URGENT_READING = 1.3  # what a page for emergencies weighs
URGENT_PAGE = re.compile(r"urgen|depannage|24h")
JOB_PAGE = re.compile(r"rejoindre|recrut|carriere|emploi|postul|jobs?\b")
YES = frozenset(
    {"haute", "urgent", "urgente", "oui", "elevee", "forte", "true", "tres urgent", "immediate", "immediat", "critique"}
)
NO = frozenset({"faible", "basse", "aucune", "non", "pas urgent", "false"})
# Fields that hold what the contact wrote or chose to say.
TOLD = (
    "sujet", "objet", "message", "description", "commentaire", "commentaires", "texte", "precision", "precisions",
    "besoin", "details", "detail", "motif", "probleme", "question", "travaux", "projet", "demande", "contenu_message",
)  # fmt: skip
LONG = 6  # words, from which on an unknown field is something said
UNSAID = frozenset({"adresse", "lieu", "ville", "page", "url", "resultat", "depart", "arrivee", "nom"})
WHEN = ("delai", "echeance", "date", "date_souhaitee", "quand", "debut", "demarrage", "disponibilite", "disponibilites")
# What was looked at, downloaded or asked for: an interest in the site's own words.
ABOUT = (
    "travaux", "sujet", "domaine", "ressource", "contenu", "brochure", "bien", "prestation", "produit", "service",
    "formule", "offre", "type", "projet", "probleme", "titre", "formation", "programme",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """An event read: what it is, how urgent its form says it is, what it says in words, and when it is wanted."""

    act: Act
    urgency: int = 0  # 1: urgent, -1: not, 0: not said
    text: str = ""
    when: str = ""
    weight: float = 0.0  # of an interest that no word states


def read(name: str, data: Mapping[str, Any]) -> Told:
    """Read an event."""
    act = act_of(name)
    page = plain(str(data.get("page") or data.get("url") or ""))
    if act is Act.READS and JOB_PAGE.search(page):
        return Told(Act.NOTHING)
    return Told(act, _urgency(data), ". ".join(told(data)), _joined(data, WHEN), _weight(act, name, page))


def act_of(name: str) -> Act:
    """Return what kind of event a name names."""
    return next((act for act, pattern in NAMES if re.search(pattern, name)), Act.NOTHING)


def about(data: Mapping[str, Any]) -> list[str]:
    """Return what an event was about, in its own words."""
    return [value for key in ABOUT if isinstance(value := data.get(key), str) and value.strip()]


def told(data: Mapping[str, Any]) -> list[str]:
    """Return what the contact wrote or chose to say: in the fields for it, and in any field that holds a sentence."""
    named = [str(data[key]) for key in TOLD if isinstance(data.get(key), str | int) and data[key] not in ("", True)]
    known = {*TOLD, *WHEN, *ABOUT, *UNSAID}
    return named + [v for k, v in data.items() if k not in known and isinstance(v, str) and len(v.split()) >= LONG]


def _joined(data: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return ". ".join(
        str(data[key]) for key in keys if isinstance(data.get(key), str | int) and data[key] not in ("", True)
    )


def _urgency(data: Mapping[str, Any]) -> int:
    said = plain(str(data.get("urgence", data.get("priorite", data.get("urgent", "")))))
    return 1 if said in YES else -1 if said in NO else 0


def _weight(act: Act, name: str, page: str) -> float:
    match act:
        case Act.CONSIDERS:
            return 1.8
        case Act.WRITES | Act.REQUESTS:
            return 1.3
        case Act.PASSED:
            return 0.5
        case Act.READS if name.endswith("opened") or "ouvert" in name:
            return 0.1  # mail programs do that, too
        case Act.READS if name.endswith("clicked"):
            return 0.4
        case Act.READS if page:
            return URGENT_READING if URGENT_PAGE.search(page) else 0.8 if TELLING_PAGE.search(page) else 0.4
        case Act.READS:
            return 1.0
        case _:
            return 0.0

"""Marks: the things that leads say in many ways. Pure."""

from enum import StrEnum


class Mark(StrEnum):
    """Something that a text says."""

    # not for us, or not any more
    LEAVE_ME = "veut la paix"
    WRONG = "n'est pas la bonne personne"
    SELLER = "vend quelque chose"
    JOB = "cherche un emploi"
    STUDY = "demande pour des études"
    PRESS = "demande pour un média"
    COMPLAINS = "est déjà client, et se plaint ou s'en va"
    REFUSES = "refuse ou n'a plus besoin"
    AWAY = "répond automatiquement"
    # interest without a decision
    RETURNS = "dit quand reprendre contact"
    LATER = "plus tard"
    ASKS_OTHERS = "doit consulter quelqu'un"
    COMPARES = "compare"
    HESITATES = "hésite ou se renseigne"
    QUESTION = "pose une question"
    DEAR = "trouve cher"
    # a need, a decision
    KEEN = "est intéressé"
    URGENT = "c'est urgent"
    DISTRESS = "quelque chose ne va pas"
    DATED = "donne une date proche"
    CALL = "demande à être rappelé ou reçu"
    MEET = "cherche un moment"
    ACCEPTS = "accepte"
    PAYS = "parle de payer ou de signer"
    FUNDED = "a le budget"
    QUOTE = "demande un devis"
    NEED = "a un projet"

"""Why a message is where it is, in one French sentence, and what can be done: for every reason there is. Pure."""

from collections.abc import Mapping

from communications.faults import Fault
from communications.policy import EXPLANATIONS as REFUSALS
from communications.policy import Explanation

EXPLANATIONS: Mapping[str, Explanation] = {
    **{str(code): explanation for code, explanation in REFUSALS.items()},
    "modele": Explanation(
        "Le modèle n'a pas pu être écrit pour ce contact.", "Corrigez le modèle, puis rejouez le message."
    ),
    "variable_whatsapp": Explanation(
        "Une variable du modèle WhatsApp est vide ou trop longue pour ce contact.",
        "Donnez-lui une valeur par défaut dans le modèle de message, puis rejouez le message.",
    ),
    "seul": Explanation(
        "Un envoi groupé a été refusé à cause d'un autre message : celui-ci repart seul.",
        "Aucun : il repart tout seul.",
    ),
    "arretee": Explanation(
        "Le workflow ou l'exécution s'est arrêté avant l'envoi.", "Aucun, sauf si ce message est tout de même attendu."
    ),
    "sautee": Explanation(
        "Il était en retard à la reprise, et il a été demandé de ne pas envoyer ce qui l'était.",
        "Rejouez-le s'il est tout de même attendu.",
    ),
    "reprise": Explanation(
        "L'envoi a été interrompu et reprend ; le fournisseur reconnaît une répétition.", "Aucun : il repart tout seul."
    ),
    "introuvable": Explanation(
        "Le fournisseur n'a pas trace de ce message.", "Rejouez-le s'il est toujours en attente d'une décision."
    ),
    "recherche_en_attente": Explanation(
        "Le fournisseur n'a pas encore pu dire ce que le message est devenu.", "Attendez : il lui est redemandé."
    ),
    "restauration": Explanation(
        "La base a été restaurée d'une sauvegarde : ce message est peut-être parti entre-temps.",
        "Vérifiez chez le fournisseur ; s'il n'y est pas, rejouez-le.",
    ),
    "cle_expiree": Explanation(
        "Plus d'un jour a passé : une répétition pourrait être un deuxième message.",
        "Demandez au contact s'il l'a reçu avant de le rejouer.",
    ),
    "resend_bounced": Explanation(
        "La boîte du destinataire a renvoyé l'email.",
        "Demandez une autre adresse au contact ; si la boîte n'existe pas, l'adresse est maintenant bloquée.",
    ),
    "resend_complained": Explanation(
        "Le destinataire a signalé l'email comme indésirable ; l'adresse est maintenant bloquée.",
        "Aucun : ne lui écrivez plus.",
    ),
    "resend_failed": Explanation(
        "Resend a pris l'email puis n'a pas pu l'envoyer.", "Lisez sa réponse ci-dessous : quota, domaine ou contenu."
    ),
    "resend_suppressed": Explanation(
        "Resend n'envoie plus à cette adresse, d'où un email est déjà revenu ; elle est maintenant bloquée.",
        "Demandez une autre adresse au contact.",
    ),
    str(Fault.PACE): Explanation("Le fournisseur a demandé d'attendre.", "Aucun : le message repart tout seul."),
    str(Fault.MESSAGE): Explanation(
        "Le fournisseur refuse ce message.", "Lisez sa réponse ci-dessous et corrigez le modèle ou le contact."
    ),
    str(Fault.ADDRESS): Explanation(
        "Cette adresse n'existe pas ou ne peut rien recevoir ; elle est maintenant bloquée.",
        "Demandez une autre adresse au contact.",
    ),
    str(Fault.OPT_OUT): Explanation(
        "Ce contact s'est désinscrit auprès du fournisseur ; l'adresse est maintenant bloquée.",
        "Aucun : seul le contact peut demander à être réinscrit.",
    ),
    str(Fault.ACCOUNT): Explanation(
        "Le fournisseur refuse notre compte ou notre expéditeur ; les messages attendent.",
        "Vérifiez la clé, le quota et l'expéditeur chez le fournisseur : ils partiront ensuite seuls.",
    ),
    str(Fault.UNKNOWN): Explanation(
        "L'appel s'est terminé sans réponse : le message est peut-être parti.",
        "Si l'état reste inconnu, vérifiez chez le fournisseur avant de rejouer.",
    ),
    str(Fault.CONFLICT): Explanation(
        "Un autre texte est déjà parti sous la même clé.", "Vérifiez chez le fournisseur ce que le contact a reçu."
    ),
}
NOTHING = Explanation("", "")


def explanation(reason: str) -> Explanation:
    """Return the sentence and the remedy of a reason; one that is not known is shown as it stands."""
    if reason in EXPLANATIONS:
        return EXPLANATIONS[reason]
    if code := reason.removeprefix("twilio_") if reason.startswith("twilio_") else "":
        why = f"Twilio a accepté le message, puis signalé qu'il n'a pas été remis (code {code})."
        return Explanation(why, f"Voyez ce que dit le code : https://www.twilio.com/docs/errors/{code}")
    return Explanation(reason, "") if reason else NOTHING

"""What ends it: silence asked for, the wrong person, no need (any more); and automatic answers."""

from collections.abc import Mapping

from agents.lead_marks import Mark
from agents.lead_phrases.macros import TRADE

SAYS: Mapping[Mark, tuple[str, ...]] = {
    Mark.LEAVE_ME: (
        r"(?:laisse[rz]?|foute[rz]?) (?:moi|nous) (?:tranquille|en paix)|oublie[rz] moi|^stop\b|je (?:vous )?bloque\b",
        r"je (?:vais )?signale|(?:inutile|ras le bol|marre|assez) (?:de |d )?(?:m |me |vos|ces|recevoir)",
        r"(?:mail|sms|message|pub)s? inutiles?",
        r"ne (?:plus|pas) (?:m |me |nous )(?:\w+ )?(?:envoyer|ecrire|contacter|relancer|solliciter|appeler|deranger)",
        r"\b(?:arretez|cessez|stoppez) (?:de |d |avec |vos|ces|tou|svp|s il)",
        r"\barrete[rs]? (?:de (?:m|nous)|tes|vos|avec (?:tes|vos))|fich\w+ (?:moi )?la paix|lach\w+ moi",
        r"foute\w* la paix|harcel|\bspams?\b|\bcnil\b|\brgpd\b.*\bsupprim|jamais demande (?:vos|a recevoir|ces)",
        r"(?:surtout continuez|continuez surtout|continuez comme ca)",
        r"(?:encore|nieme|deuxieme|troisieme|quatrieme|cinquieme|enieme|nieme) (?:un )?(?:sms|mails?|messages?|"
        r"pub|relance)",
        r"mon avocat (?:adore|sera|va|appreci)|desinscri(?:re|vez|s) (?:moi|svp|s il)|(?:me|nous) desinscrire",
        r"(?:enleve|retire|supprime|efface)[rz]? (?:moi|mes (?:coordonnees|donnees)|mon (?:numero|mail|adresse|nom))",
        r"n e(?:tes|s) pas la bienvenu",
    ),
    Mark.WRONG: (
        r"pas mon (?:numero|nom|adresse|mail)|(?:c est|cest) pas (?:moi|nous|a moi|a nous) (?:qu|le|la|que|qui)",
        r"(?:qui|ki) s en (?:charge|occupe)|(?:a ete|ont|a) rachete\w*|nouveaux (?:proprietaires|patrons|gerants)",
        r"nouvelle (?:patronne|gerante|direction)|nouveau (?:proprietaire|patron|gerant)|aucune demande",
        r"(?:pas|jamais) (?:\w+ )?(?:fait|rempli|envoye) (?:de |aucune )?(?:demande|devis|formulaire)",
        r"(?:devez|vous) confond\w*|il y a (?:une )?(?:erreur|confusion|meprise)",
        r"qui (?:etes|est) (?:vous|ce) .{0,30}(?:connais|demande)",
        r"(?:erreur|trompe\w*) (?:de |sur )?(?:le |la )?(?:numero|num|personne|destinataire|interlocut\w+|adresse)",
        r"(?:mauvais|pas le bon) (?:numero|num|destinataire|interlocuteur)|(?:devez|avez) (?:du )?fai(?:re|t) erreur",
        r"vous (?:etes|vous) tromp\w+",
        r"pas (?:du tout )?(?:moi|nous) qui (?:gere|decide|m occupe|s occupe|vois?|ai demande)",
        r"(?:j ai|n ai|ai) (?:rien|jamais rien) demande",
        r"(?:jamais|rien) (?:fait|demande) (?:de|chez|a) (?:devis|demande|vous)",
        r"ne (?:travaille|fait) plus (?:ici|partie|chez|dans)|plus partie d|n est plus (?:dans|chez|en poste)",
        r"(?:connais|connait) pas (?:de |cette|ce )|(?:un )?homonyme|pas la bonne (?:personne|adresse)",
        r"ancien (?:proprio|proprietaire) (?:du|de ce) (?:num|numero)|je ne suis pas (?:la personne|concerne)",
        r"(?:ne )?m occupe que de",
    ),
    Mark.REFUSES: (
        r"^(?:non )?c est bon (?:la|le|mon|ma|j|on|nous|il|elle|merci)\b|commande (?:chez|sur|ailleurs)\b",
        r"(?:prefere|preferons) (?:\w+ ){0,3}(?:seule?s?|moi meme|nous memes)\b",
        r"\b(?:je|on|nous) (?:\w+ ){1,4}(?:moi|nous) memes?\b(?! pour)",
        r"(?:envoie|a|prend|fait venir) (?:son|sa|leur) propre|(?:engager|engagee?s?) (?:avec|chez|pour)",
        r"(?:on a|avons|ai|est|l a) (?:deja |finalement )?vendu\w*|c est fait\b|(?:re)?devenue? salariee?",
        r"arrete (?:mon|ma|l) (?:auto|micro|boite|activite)|pour le derangement",
        r"vau[tx] pas (?:le coup|la peine|ce prix)|pas (?:de temps|le temps) (?:pour|a)|\bpigeons?\b|\barnaque\w*",
        r"\bvoleurs?\b|c est du vol|une blague|foutage|vous (?:moquez|foutez)|\bbye\b|\badieu\b|sans rancune",
        r"\bau revoir$|pas (?:du tout |exactement |vraiment )?ce que (?:je|nous|on|j)\b",
        r"(?:on|nous|je) rest(?:e|ons|erai) (?:dans|avec|chez|comme|sur)",
        r"(?:je|on|nous) (?:garde|gardons|conserve|conservons) (?:mes|ma|mon|notre|nos|l ancien\w*|celui|celle)",
        r"c etait (?:juste|rien|seulement|simplement|pas grave|que)",
        r"je l ai (?:\w+ )?(?:change|fait|repare|remplace|resserre|regle|debouche)\w*",
        r"on l a (?:\w+ )?(?:change|fait|repare|remplace)\w*",
        r"ferm\w+ (?:boutique|la boutique|le cabinet|mon|ma|l entreprise|notre|depuis)|n existe plus",
        r"plus (?:d|en) activite|(?:sert|servira) a rien|(?:pas|aucune) (?:l )?utilite|\binutiles?\b|pas utile",
        r"(?:affaire|dossier|litige|sujet|projet) (?:est |etait )?(?:clos|close|classe|termine|regle|abandonne)\w*",
        r"a l amiable avec|(?:deja|avons|ai) signe\b|mandat exclusif|engage(?:s|e)? (?:avec|ailleurs|chez)",
        r"(?:quelqu un|un ami|membre) de (?:la|ma|notre) famille",
        r"(?:ne )?(?:sommes|suis|est|serai|serons) (?:pas|plus) (?:\w+ )?(?:concerne|preneur|client|demandeur|"
        r"acheteur|vendeur|cible)\w*",
        r"ne (?:donne|donnons) pas suite|ne (?:nous|me|m) (?:interess|convi|correspond|concern)\w* (?:pas|plus)",
        r"pas (?:du tout |vraiment |plus )?interess\w*|(?:ne )?m interesse pas|\bnon merci\b",
        r"^(?:bonjour )?non\b(?! seulement)|^(?:nan|nn)\b|laisse[rz]? (?:tomber|beton)|laissez ca",
        r"\bannul(?:e|er|ez|ons|ation)\b|(?:deja|finalement|enfin) trouve\b",
        r"(?:ai|a|avons|avez|ont) (?:deja )?trouve (?:quelqu|un|une|moins|mieux|autre|pareil|chez|sur|ailleurs|"
        r"une autre)",
        r"(?:retenu|choisi|pris|pri|prefere|signe avec|opte pour|confie .{0,40}a|fait appel a|passe par|demande a|"
        r"parti\w* (?:sur|avec|chez)) (?:un|une|l|de vos|d|avec un|avec une|a un|a une|un de vos) ?(?:autre|"
        rf"confrere|concurrent|meme)?s? ?{TRADE}\b",
        r"(?:pris|choisi|retenu|signe|fait faire|parti\w*) .{0,20}(?:ailleurs|un autre|une autre|quelqu un d "
        r"autre|la concurrence|le concurrent|votre concurrent|quelqu un)",
        r"(?:fai(?:re|t|s)|faisons|fera|ferai|feront|repar\w+|pose\w*|debouch\w+) (?:ca |le |la |les |tout "
        r")?(?:par |de )?(?:moi|nous|lui|soi) ?memes?",
        r"(?:le|la|les) (?:fai(?:re|s)|ferai|ferons|poser) (?:moi|nous)",
        r"(?:mon|le|un|ma|notre) (?:beau (?:frere|pere)|frere|pere|voisin|cousin|ami|pote|oncle|fils|gendre|mari) "
        r"(?:\w+ ){0,3}(?:a (?:tout )?repare|l a fait|s en (?:est )?(?:occupe|charge)|s est (?:finalement "
        r")?charge|va le faire|me l a|m a repare|fait|installe|connait un)",
        r"(?:j ai|on a|c est|est|s est|probleme|souci|panne|fuite) (?:\w+ ){0,3}(?:regle|resolu|repare|debouche|"
        r"arrange|arrete\w* tou\w* seul|reparti)\w*",
        r"(?:ca|tout) (?:re)?marche (?:nickel|de nouveau|a nouveau|tres bien|bien|niquel|super)|ca remarche",
        r"plus (?:du tout )?(?:besoin|d actualite|utile|necessaire|la peine)",
        r"(?:pas|aucun|rien|nul) (?:\w+ )?besoin\b(?! d(?:e|) (?:\w+er|\w+ir|\w+re)\b)|besoin de rien",
        r"(?:pris|a|en) (?:ma |la |sa )?retraite|ferm\w+ definitivement",
        r"(?:cesse|arrete|vendu|ferme|liquide|cede) (?:mon|notre|l|ma|le|la|definitivement) ?(?:activite|garage|"
        r"entreprise|commerce|boutique|salon|societe|affaire|cabinet|magasin|restaurant|boite|institut|atelier)",
        r"liquidation judiciaire",
        r"(?:avons|ai) deja (?:un|une|notre|mon|ce qu il|tout|quelqu|signe|equipe|choisi|ce genre)\b",
        r"(?:deja|tres bien) equipe|deja (?:client|abonne) (?:chez|d un)",
        r"pas (?:donner|donnerai|donnerons|donne) (?:de )?suite|sans suite|(?:j |on |nous )?abandonn\w*|\brenonc\w+",
        r"(?:vois?|cherche\w*|regarde\w*|irai|vais) (?:voir )?(?:ailleurs|par ici)|\btant pis\b|change d avi\w*",
        r"(?:projet|chantier|travaux|dossier) (?:\w+ )?(?:annule|abandonne|refuse|tombe a l eau|enterre)|a l eau\b",
        r"trop tard|pas pour (?:moi|nous)\b|(?:sera|serai|est) sans (?:moi|nous)|ca ira\b|sa ira\b",
        r"(?:renouvel\w+|resign\w+|reconduit) (?:\w+ ){0,3}(?:avec|chez|notre|mon)|bonne continuation",
        r"\bje passe mon tour|on (?:ne )?(?:donne|fait) pas suite|decline",
        r"je garde (?:ma|mon) (?:vieille|vieux|ancien\w*)",
        r"(?:ne )?(?:souhaite|souhaitons|veux|voulons|desire|compte) (?:plus|pas) (?:donner|poursuivre|continuer|"
        r"aller plus loin|m engager|changer)",
        r"(?:pas|plus) question",
    ),
    Mark.COMPLAINS: (
        r"(?:je|nous|on) resili\w+|(?:ma|notre) (?:demande de )?resiliation|(?:ma|une) reclamation",
        r"deja clients? (?:chez vous|de votre|de vos)",
        r"repression des fraudes|(?:votre|vos) (?:service apres vente|sav|service client)\b|\bj exige",
        r"(?:vous|vos \w+) (?:m |nous )?(?:avez|ont) (?:\w+ )?(?:mal (?:pose|fait|monte)|abime|casse|raye|oublie)",
        r"(?:reprendre|refaire) votre travail|remboursez (?:moi|nous)|(?:suivi|facture) de (?:ma|notre) commande",
    ),
    Mark.AWAY: (
        r"reponse auto\b|absente? (?:jusqu|du)|conges annuels|des (?:notre|mon) retour",
        r"(?:salon|cabinet|magasin|bureau) .{0,40}ferme\w* (?:du|jusqu)|accuse de reception",
        r"(?:reponse|message) automatique|(?:suis|serai|sommes) absente? (?:jusqu|du|le|de)|absente? du bureau",
        r"automatic reply|out of office|actuellement en (?:conges?|vacances)|de retour le|en mon absence",
    ),
}

"""Interest without a decision: later, somebody else, a comparison, a question, the price."""

from collections.abc import Mapping

from agents.lead_marks import Mark
from agents.lead_phrases.macros import KIN, MONTH, NUMBER, SEASON, TRADE

SAYS: Mapping[Mark, tuple[str, ...]] = {
    Mark.RETURNS: (
        r"(?:je|on|nous) (?:vous |te |vs )?(?:redi[st]|recontact\w*|relancer\w*|rappell?er\w*|reprendr\w*|ferai "
        r"signe|tiens? au (?:courant|jus)|reviendr\w*)",
        r"(?:recontact|relanc|rappel|revene|reparl|recrive)\w* (?:moi |nous |en |vers moi |vers nous )?(?:en "
        r"(?!ce)|dans (?!la |l heure|heure|\d+ ?(?:h|min))|au (?:printemps|mois|debut|retour|deuxieme)|apres "
        r"(?!heure)|a (?:la rentree|partir|mon|l automne|l ete)|fin|debut|vers (?!heure|\d)|courant|quand|mi|plus "
        r"tard)",
        r"(?:on|nous) (?:en|se) (?:re)?(?:parle|rappelle|recontacte|voit)\w* (?:plus|apres|en|dans|au|a|quand|vers)\b",
        r"(?:on|je) (?:voit|vois|verra) ca (?:plus|apres|en|dans|au|a|quand)\b|reviendr\w+ vers vous",
        r"je reviens vers vous (?:quand|des que|apres|plus|en|dans|au|a)",
    ),
    Mark.LATER: (
        r"(?:prefere|preferons) (?:attendre|patienter)|laisse\w* (?:murir|passer)",
        r"(?:suspend|met\w*|mis) .{0,20}(?:en attente|de cote)|\btant que\b|(?<!au )plus tard\b",
        r"(?<!ne )pas (?:pour (?:l instant|le moment|tout de suite)|tout de suite|tt de suite|dans l immediat|"
        r"maintenant|encore (?:decide|fixe|sur|pret|regarde|vu)|avant|cette annee|pour (?:cette annee|maintenant))",
        r"(?:ne |n )?\w+ pas (?:\w+ ){0,3}avant (?!\d)|pour (?:l instant|le moment)|\bon (?:verra|vera)\b",
        r"\bje (?:verrai|verrais)\b|on en (?:re)?parle(?:ra|rons)?\b|reparl\w+",
        rf"(?:au|pour le|apres le|pour cet|en|a l|apres l|apres la|a la) ?{SEASON}(?: prochaine?)?\b",
        r"(?:l )?(?:an(?:nee)?|ete|hiver) prochaine?|(?:budget|exercice) (?:de )?(?:l an|20\d\d|prochain|n ?1)",
        rf"(?:dans|d ici|encore|sous|ds|attendre|d) {NUMBER} (?:a \d+ |ou \w+ )?(?:mois|ans?|annees?|semestres?)",
        rf"{NUMBER} (?:a \d+ |ou \w+ )?mois (?:encore|minimum|d attente)|quelques (?:mois|annees)",
        r"\bd ici (?:un|une|la fin|l)\b|repouss\w+|\breport(?:e|er|ons|ez|ee)\b|en pause",
        r"(?:suspend|gele|stopp?e?)\w* (?:le|la|les|pour|jusqu|notre) ?(?:projet|procedure|investissements|l instant)?",
        r"un (?:de ces )?jours?\b(?! de)(?! ou l autre)|un jour (?:ou l autre|peut etre)",
        r"peut etre (?:l|plus|un|dans|en|bien)|\beventuel\w*",
        r"(?:rien|pas) (?:n )?(?:est|encore) (?:encore )?(?:decide|fait|signe|fixe)",
        r"(?:suis|sommes|est) pas (?:du tout |trop |tres )?presse\w*|rien ne presse",
        r"pas (?:d |du tout |tres |si |oui |bien |hyper )?(?:urgen\w+|presse\w*)|y a pas le feu|sans urgence",
        r"(?:recontact|relanc|recris|revene)\w* (?:moi )?(?:vers moi )?(?:en|dans|ds|au|apres|a la|a partir|fin|"
        r"debut|vers|courant|l)\b",
        r"(?:reviendr\w*|revien\w*|retourn\w*) vers vous (?:a ce moment|plus tard|quand|des que|si)",
        r"reviendr\w+ vers vous",
        r"(?:je|on) (?:vous |te |vs )?(?:redi[st]|recontacte\w*|relance\w*|rappelle\w*|tiens? au (?:courant|jus)|"
        r"ferai signe)",
        r"garde\w* (?:votre|vos|la|le|mon|cette) (?:\w+ )?(?:coordonnees|carte|contact|solution|devis|adresse|"
        r"numero|sous|proposition|offre)",
        r"conserve (?:votre|vos)",
        r"(?:j |nous |on )?attend\w* (?:\w+ )?(?:la reponse|l accord|le pret|l aide|une reponse|les aides|"
        r"que(?! vous)|de (?:savoir|voir|vendre|toucher)|encore|le resultat|le financement|mon|ma|notre|d avoir)",
        r"faut (?:que )?(?:d abord|j attende|je vende|que j attende)",
        r"quand (?:je|on|nous|il|elle|la|le|les|j|ma|mon|notre) (?:\w+ ){0,4}(?:aur\w+|ser\w+|finir\w*|pourr\w+|"
        r"rentrer\w*|toucher\w*|vendu)",
        r"a ce moment(?: la)?|dans un mois\b|ds 1 mois",
        r"(?:courant|fin|debut|mi|vers|plutot (?:en|vers|pour)|a partir d\w?|pas avant|jusqu en|jusqu a) ?(?:de |"
        rf"en |le |mois de )?{MONTH}",
        r"apres les (?:fetes|vacances|elections|travaux)|a mon retour|apres mes vacances",
        r"prend\w* (?:juste|simplement|seulement|deja)? ?(?:contact|la temperature)|\ba terme\b|a l occasion",
        r"long terme|moyen terme|si (?:un jour|jamais)",
    ),
    Mark.ASKS_OTHERS: (
        r"touche\w* un mot|(?:voir|vois) (?:ca )?avec (?:lui|elle|eux)",
        r"(?:devons|allons|doit|faut|dois|vais|vont|doivent) (?:\w+ ){0,2}en (?:discuter|parler|reparler|debattre)",
        r"(?:mon|ma|mes) \w+ et moi (?:devons|allons|n avons)",
        r"(?:en (?:parle|parler|parlerai|discut\w+)|parle\w*|discut\w+|voir|vois|demand\w+|consult\w+|transmet\w*|"
        r"soumet\w*|presenter\w*|montr\w+|valid\w+|arbitr\w+|point|redis|accord|avis|feu vert|l aval|decision|"
        rf"depend\w*)(?: \w+){{0,3}} (?:a |avec |de |par |aupres de |du |au |aux |d |sous |pour |en )?{KIN}\b",
        r"(?:j |on |nous )?en parl\w+ (?:a|avec|en)\b",
        r"(?:c est|ce sont|c) (?:\w+ ){0,3}(?:qui|ki) (?:decid|tranch|tien|choisi|signe|vo[iy]|gere|valid)\w*",
        r"(?:va|doit|doivent|vont|qui) (?:\w+ )?(?:trancher\w*|valider|decider|arbitrer|se prononcer)|qui tranchera",
        r"\bje transmet\w*|transmettrai|je (?:le |lui |leur )?fais (?:suivre|remonter)|je (?:re)?mont\w+ l info",
        r"pas (?:que )?(?:moi|seule?) (?:qui |a |de )?(?:decid|choisi|signe|commande)\w*|decide pas seule?",
        rf"(?:reponse|accord|retour|feu vert) (?:de|du|d) ?(?:{KIN}|banquier|notaire)|appels? d offres?",
        r"avec (?:mon|ma) (?:compagne|compagnon|femme|mari|conjointe?) (?:on|nous)|synthese (?:au|pour|a)",
    ),
    Mark.COMPARES: (
        r"(?:second|deuxieme|troisieme|nieme|autre) devis",
        rf"\bcompar\w+|(?:autres?|plusieurs|differents?|d autres) (?:autres )?{TRADE}\b",
        rf"(?:deux|trois|quatre|2|3|4|quelques) (?:autres {TRADE}|devis|artisans)\b|benchmark",
        r"(?:en|mis en|mettre en|faire jouer la) concurrence|(?:votre|un|le) concurrent (?:fait|propose|est|m|me)",
        r"fais(?:ons)? (?:le|un) tour|grille tarifaire|moins cher ailleurs",
    ),
    Mark.HESITATES: (
        r"etudi(?:e|ons|er) (?:la|les|plusieurs|cette|differentes)|(?:me|nous) parle (?:beaucoup|enormement)",
        r"pourquoi pas|un peu comment|comment (?:se deroule|ca (?:se passe|marche|fonctionne)|cela)|\bme tate\b",
        r"\bj ?hesit\w+|\bhesit\w+|(?:je )?(?:ne )?sai[st] pas (?:trop|encore|vraiment|si)",
        r"(?:me|nous|on se|je me) renseign\w+|simple (?:renseignement|question|curiosite|information)",
        r"(?:une |juste une )?(?:question|info) (?:toute )?(?:bete|generale|rapide|simple)|(?:me|nous) faire une idee",
        r"idee (?:de|du|d un) (?:prix|tarif|cout|budget)|ordre (?:d idee|de grandeur|de prix)|fourchette|par curiosite",
        r"juste (?:pour )?(?:savoir|voir)|curieu(?:x|se) de|a titre (?:indicatif|d information)",
        r"pour (?:info|information)\b|seulement comprendre|j aimerais comprendre|mieux comprendre",
        r"(?:je|on) (?:songe|reflechi\w*|envisage\w*|pense (?:a|peut)|me demande|regarde)|y reflechir",
        r"(?:a|en) reflexion|laisse\w* (?:moi )?reflechir|besoin de (?:reflechir|temps)|qu en pensez vous",
        r"vous conseillez quoi|vos conseils|est ce (?:que c est )?utile|pas (?:sur|sure|convaincue?)\b|pas certain",
        r"(?:une|votre|la|vos) (?:documentation|plaquette|brochure)s?",
    ),
    Mark.QUESTION: (
        r"\?|\bcombien\b|quel(?:le)?s? (?:est|sont|serait|prix|tarif|delai|garantie)|est ce (?:que|qu)",
        r"(?:peut on|faut il|y a t il|avez vous|faites vous|prenez vous|proposez vous|acceptez vous|vous faites|"
        r"vous prenez|ca coute|c koi|c est quoi|savoir si|comment (?:ca|cela|se|fonctionne))",
    ),
    Mark.DEAR: (
        r"(?<!pas )(?<!pas trop )(?<!pas si )\bcheres?\b",
        r"(?<!pas )(?<!pas trop )(?<!pas si )\bchers?\b(?! (?:monsieur|madame|maitre|client|tous))",
        r"chiffre .{0,30}passe pas|une (?:sacree )?somme|(?:autre|meilleure) proposition|en dessous\b",
        r"(?:euros|e|€) de moins|pas (?:dans )?(?:mes|les|nos) moyens|hors (?:de )?(?:mon |notre )?budget",
        r"(?:paye[rz]?|paiement|regler|payer) en (?:plusieurs|trois|deux|quatre|\d) ?fois|facilites? de paiement",
        r"(?:faire|petit|un) (?:un )?(?:geste|remise|effort|rabais)|(?:j ai|jai|ai) que \d+",
        r"n ai (?:pas|que) (?:l |le |ce |les |\d)",
    ),
}

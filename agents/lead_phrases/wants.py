"""A need now, or a decision: urgency, a date, a call, an agreement, money, a quote."""

from collections.abc import Mapping

from agents.lead_marks import Mark
from agents.lead_phrases.macros import DAY, MONTH

SAYS: Mapping[Mark, tuple[str, ...]] = {
    Mark.URGENT: (
        r"(?<!pas )(?<!pas d )(?<!tres )\burgen(?:t|te|ce|ces|ts|tes)\b(?! faible)|au plus (?:vite|tot)",
        r"le plus (?:vite|tot|rapidement)|des que (?:possible|vous pouvez)|\basap\b|tres vite|\bvite\b|rapid\w*m[ea]nt",
        r"sans (?:delai|attendre|tarder)|dans la (?:journee|matinee|soiree|nuit)|immediatement|sur le champ|au secours",
        r"\bsos\b|a l aide",
        r"(?:je ne|j|on|nous) (?:peux|peut|pouvons) (?:pas|plus) (?:attendre|tenir|rester|me laver|utiliser|rentrer)",
        r"c est la cata|catastroph\w*",
    ),
    Mark.DISTRESS: (
        r"sent(?:s|ait)? le (?:crame|roussi|cram|chaud)|\bcrame\b|\bplombs\b|(?:ca )?fume\b|\bempir\w+|\baggrav\w+",
        r"\bmoisi\w*|\blache\b(?! moi)|explos\w+|perc(?:e|ee)\b|en train de (?:couler|tomber|fuir)|enfer?me\w* dehors",
        r"porte (?:\w+ )?claque\w*|perdu (?:mes|les|ma) cle\w*",
        r"plus (?:demar+\w*|marche\w*|fonctionn\w*|chauff\w*|al+um\w*|ferme\w*|s ouvr\w*|parti\w*)|\bfuites?\b",
        r"\bfuit\b|\binond\w+|\bcoul(?:e|ait|er)\b|\bdebord\w+|degats? des eaux|\binfiltration|\bgoutt(?:e|ait)\b",
        r"ruissel\w+|\bpleut\b|piscine dans|\btrempe|plafond .{0,20}(?:mouill|tomb|auréol)|\bpannes?\b|en rade",
        r"(?:ne|n) (?:marche|fonctionne|demarre|chauffe|allume|s allume)\w* (?:plus|pas)|marche plus|fonctionne plus",
        r"chauffe plus|(?:plus|pas|sans) (?:d |de )?(?:eau|courant|electricite|chauffage|chaudiere|lumiere|internet)\b",
        r"disjonct\w+|court circuit|etincelle|sent(?:s|ait)? le (?:brule|gaz)|odeur de (?:brule|gaz)",
        r"sau(?:te|tent) (?:tout|a|sans|des)|\bbouche[es]?\b(?! a)|refoul\w+|\bcasse[es]?\b|\bcede\b|arrach\w+",
        r"envole\w*|tempete|coup de vent|\bgrele\b|effondr\w+|\btombee? (?:du|de|dans|sur)|garde a vue|\bcommissariat",
        r"\bhuissier|\bexpuls\w+|\bassign\w+ (?:en|a|devant)|\baudience\b|\bconvo(?:que|cation|quee)\b|mise en demeure",
        r"entretien prealable|\blicencie\w*|\bsaisie\b|controle (?:fiscal|urssaf)|\bredressement\b|\bplainte contre",
        r"tribunal|prud hommes|recommande\b|bloque\w* (?:dehors|dedans|a l|devant)|porte (?:claquee|bloquee|fracturee)",
        r"cambriol\w+|effraction",
        r"(?:rat(?:e|ons|ent)|perd(?:s|ons|ent|us)?|manqu(?:e|ons)) .{0,20}(?:appels|clients|rendez vous|"
        r"commandes|reservations)",
        r"\bpenalites?\b|en retard (?:de|sur|dans)",
    ),
    Mark.DATED: (
        r"aujourd ?hui|ce (?:soir|matin|midi|jour|week ?end|we)\b|cet(?:te)? (?:apres midi|aprem|semaine|nuit)",
        r"\bdemain\b|apres demain|maintenant|tout de suite|ce mois ci",
        rf"d ici (?:demain|ce soir|la fin de (?:la )?semaine|{DAY}|une semaine|deux semaines|\d+ jours)",
        rf"\b{DAY}\b(?! (?:dernier|passe))|\bheure\b|\bdate\b",
        rf"\b(?:le|au|du|avant le|des le|pour le) (?:1er|\d{{1,2}})\b(?! (?:etage|rue|av))(?: {MONTH})?",
        r"(?:avant|d ici) (?:la fin|fin|ce|le|l|les|demain|mardi|noel)|semaine (?:du|prochaine|pro)\b",
        r"la semaine qui vient|(?:debut|fin|courant) (?:de |du )?(?:semaine|mois)(?! prochain)\b",
        r"debut (?:de |du )?mois prochain|ds la semaine|dans la semaine",
        r"(?:dans|sous|d ici) (?:\d+|un|deux|trois|quelques|huit|dix|quinze) (?:jours?|heures?|semaines?|h|j)\b",
        r"(?:tous les|le|les) (?:matins?|soirs?|apres midis?)",
    ),
    Mark.CALL: (
        r"\b(?:rappel|appel|telephon)(?:l?e[rz]?|ez|lez|les?) (?:moi|nous)\b",
        r"(?:me|nous) (?:rappeler|telephoner|recevoir|rencontrer)\b",
        r"(?:me|nous) (?:appeler|contacter|joindre) (?:au|par|des|rapid|aujourd|demain|ce|cette|sur)",
        r"etre (?:rappele|recontacte|recue?)\w*|s appeler|vous rencontrer",
        r"(?:prendre|fixer|avoir|obtenir|convenir d un|souhait\w+ un|voudr\w+ un|veux un|demande (?:de|d un)|un "
        r"premier) (?:un )?rendez vous",
        r"preneur d un rendez vous",
        r"(?:souhait|voudr|aimer)\w+ (?:une|la|voir une|avoir une|assister a une) (?:demo|demonstration|visite)",
    ),
    Mark.MEET: (
        r"(?:peux|peut|pouvons|jpeu) (?:passe[r]?|venir|vous recevoir|etre la)",
        r"(?:nous|me) (?:presenter|montrer|faire une)|depann\w+|jeter un (?:oeil|coup d oeil)",
        r"(?:venir|vener) (?:le|la|les|nous) voir|etre assistee?|prochaine etape",
        r"comment (?:on|fait on|faire|procede\w*)|(?:rappel|appel|telephon|contact)(?:l?e[rz]|ez|lez)? (?:moi|nous)\b",
        r"(?:me|m|nous) (?:rappel|appel|contact|joind|recontact|telephon|recev|rencontr)\w*|\bjoignable",
        r"mon (?:numero|num|tel|portable|06)\b|au (?:0|tel|telephone|fixe)\b|par telephone|\b(?:rendez vous|rdv)\b",
        r"vous rencontrer|nous (?:rencontrer|voir|appeler)|s appeler|se (?:voir|rencontrer|parler|caler)|me recevoir",
        r"\bcreneaux?\b|\bdisponib\w+|\bdispos?\b|\bdisponibilites?|\blibre\b",
        r"(?:pouvez|pouve|pourriez|peux|peut|pourrait|pouvoir|pourrez|quand|qui) (?:vous |tu |vs )?(?:\w+ "
        r"){0,2}(?:passer|passez|venir|venez|intervenir|intervenez|recevoir|rappeler|deplacer|commencer|demarrer|"
        r"faire les travaux|poser|caler|voir ca)",
        r"\bvene[zr]\b|\bpassez\b|\bpasser? (?:voir|chez|prendre|a la maison|l estimer|les|au)",
        r"(?:une|la|votre|ta) (?:demo|demonstration|visite|seance|visio)\b|\bdemonstration|\bvisio\b",
        r"montrez (?:moi|nous)|appel (?:decouverte|gratuit)",
        r"(?:quand (?:pouvez|peux|pouvons|est ce que vous|venez|passez|commen\w+|on commen\w+|seriez|etes|serait|"
        r"voulez|vous (?:voulez|pouvez))|quel jour|a quelle heure|quelle date|des dates|une date|vos dates|tes "
        r"dates|vos dispos)",
        r"(?:reserv|bloqu)(?:er|ez|e)\b",
    ),
    Mark.ACCEPTS: (
        r"toujours (?:partante?s?|ok|preneu\w+|d accord|motive\w*|interesse\w*)",
        r"(?:reservez|bloquez|gardez) (?:nous|moi) (?:une|la|le|un|cette|ce)|dis pas non",
        r"(?:donne|ok|avons|a|as) (?:\w+ ){0,3}(?:feu vert|accord|aval)\b(?! de)",
        r"envoye[rz] (?:moi |nous )?(?:le|la|un) (?:contrat|bon|facture|lien|convention|rib|mandat)|faire une offre",
        r"\bon (?:demarre|commence|y va|attaque|signe)\b",
        r"(?:prete?s?|pressee?s?) a (?:\w+ )?(?:demarrer|commencer|signer)",
        r"(?:j ai|nous avons|on a|avons) (?:\w+ )?(?:choisi|retenu|valide|accepte|signe) (?:votre|vos|le|la|ta|"
        r"cette|la votre|le votre)",
        r"(?:nous|me) convient|sommes d accord|suis d accord|vendu\b(?= vous| on| quand)",
        r"(?:voici|ci joint) (?:le|la|mon|ma|notre|les) (?:\w+ )?(?:signee?|contrat|devis signe|acompte)",
        r"a (?:jeudi|lundi|mardi|mercredi|vendredi|samedi|demain)$",
        r"(?<!si )(?<!oui )\b(?:ok|okay|d accord|oui|yes|entendu|parfait|banco|nickel|super|avec plaisir|"
        r"volontiers)\b.{0,12}\b(?:pour|je|on|nous|allez|allons|rappel|appel|vas|merci|jeudi|lundi|mardi|mercredi|"
        r"vendredi|samedi|demain|faites|envoyez|banco)\b",
        r"c est (?:ok|bon|d accord|parfait|tout bon|valide) pour",
        r"\b(?:je|on|nous) (?:vous |te |l |le |la |les )?(?:prend(?:s|ons|)|valid(?:e|ons)|accept(?:e|ons)|"
        r"confirm(?:e|ons)|sign(?:e|ons|erai|erons)|me lance|y va|command(?:e|ons)|retien(?:s|t)|retenons|"
        r"choisi(?:s|t|ssons)|suis (?:preneur|partante?|interesse)|sommes (?:preneurs|partants|interesses)|"
        r"part(?:s|ons)? (?:sur|avec|la dessus))\b(?! contact)(?! (?:pas|plus))",
        r"bon pour accord|\bgo\b|allez y|on y va|vas y",
        r"vous pouvez (?:lancer|y aller|commencer|demarrer|commander|bloquer|compter)|lancez|on fait comme (?:ca|vous)",
        r"(?:ca|cela|prix|tarif|date|horaire|creneau|proposition|devis|tout) (?:\w+ )?(?:me|nous) (?:va|convient|"
        r"vont|conviennent|parait parfait)\b(?! pas)",
        r"(?:on|quand (?:est ce qu on)?) (?:commence|demarre|attaque|debute) (?:quand|lundi|des|le)",
        r"(?:quand )?(?:on peut|peut on|pouvons nous|pouvez vous) (?:commencer|demarrer|debuter)|je veux bien",
        r"je suis d accord|marche conclu|je vous (?:confirme|donne mon accord|confie)",
        r"pret a (?:signer|commencer|demarrer|payer)|pas de souci pour|exactement ce (?:qu|ki|que|qui)",
        r"\bm interesse\b(?! pas)(?! mais)",
    ),
    Mark.PAYS: (
        r"\bacompte\b|\brib\b|\bvirement|\bcheque\b|\bpaye[rz]? (?:l|le|un|comptant|tout|maintenant|en ligne)",
        r"lien de paiement|moi qui paye?|(?<!ma )\bsign(?:e|er|es|ee|ature|erai|ons)\b(?! avec un autre)|devis signe",
        r"convention signee|lettre de mission|le contrat|bon de commande|mandat|statuts prets",
        r"ou (?:est ce que je |dois je )?sign",
    ),
    Mark.FUNDED: (
        r"(?:peux|pouvons|peut) (?:enfin |maintenant )?(?:financer|payer|me le permettre|me l offrir)",
        r"budget (?:\w+ ){0,5}(?:valide|accorde|vote|debloque|alloue|confirme|prevu|ok|bloque)",
        r"(?:valide|debloque|accorde|alloue|vote) (?:\w+ ){0,3}budget",
        r"(?:pret|financement|credit|subvention|aide|opco|cpf) (?:\w+ ){0,3}(?:accorde|valide|obtenu|ok|accepte|"
        r"recu)e?s?\b",
        r"(?:l )?argent (?:est )?(?:la|pret|disponible)",
    ),
    Mark.QUOTE: (
        r"(?:votre|un|le|mon|ce|faire|recevoir|envoyer|besoin d un|etablir|chiffrer|me faire un|attends?) (?:\w+ "
        r")?devis\b",
        r"\bchiffr(?:er|age|ez)\b|(?:faire|une|l|une vraie) ?estim(?:er|ation)\b|\bestimer\b",
        r"\bproposition (?:commerciale|chiffree|de prix)|prendre (?:les |des )?(?:mesures|cotes)",
    ),
    Mark.NEED: (
        r"(?:je|nous|on) (?:re)?cherch(?:e|ons|ent)\b",
        r"(?:j ai|nous avons|on a|on aur\w+|j aur\w+|ai) (?:vraiment |toujours )?besoin|(?:il )?(?:me|nous) faut\b",
        r"faudrait (?:que|qu|me|un|une|refaire|changer)|il faut (?:que|qu|refaire|changer|reparer|arreter|faire)",
        r"(?:je|nous) (?:voudr|souhait|desir|aimer|veux|voul)\w*|j aimer\w+|(?:travaux|projet|chantier) (?:de|d|pour)",
        r"(?:je|nous|on) (?:fai(?:s|t|sons) (?:construire|renover)|vend(?:s|ons)?|achet\w+|cree|lance|ouvre|"
        r"demenage)\b",
        r"entamer|lancer (?:une|la|le)|toujours d actualite",
    ),
}

"""`interested`: accepts, wants to go on, gives a date or a number, asks to be called or for an appointment."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
(de|pour) votre dispo
(pas|plus) la peine de (passer|venir)
(inutile|pas besoin) de (passer|venir)
(pas|plus|ni|jamais|aucun|nullement|peu) [du tout|vraiment|tres|encore|trop|plus|particulierement] (interess|d accord|ok|dispo|possible|partant|preneur|convainc|pret|la peine|besoin|envie|convien)~
(m|nous) interess~ (pas|plus)
(si|quand|lorsque|une fois que) [jamais] (j ai besoin|je suis interesse|besoin|interesse)
[a] (ete|etait) (parfait|nickel|super|genial|impeccable|top)
ok [super|parfait|tres bien|genial|top] (merci|bonne|bonsoir|compris|c est note|bien recu|je vois|pas de souci)
(merci|bonne|bien|note|recu) ok
(en cas|tel|numero) [d] urgent
(merci|joignable|contacter|joindre|composez|appelez) _ (numtel|courriel) [pour|en cas]
(deja|avais|ai) [un|pris] rdv (avec|chez) (un|une|mon) autre
(bonne|belle) (journee|soiree|semaine|continuation)
"""

SURE = """
(ca|cela|qui|proposition|offre|votre|vous|ceci|ils|idee|me|beaucoup|formule) [me|m|nous] (interess)~ !(pas|plus|moyen)
(suis|sommes|serais|serions|reste|restons|interesse|toujours|tres|sommes tres|fort|vivement) [toujours|tres|vraiment|bien|super|donc|vivement|assez|fortement|plutot|hyper] (interess|partant|preneur|preneuse|partante|d accord|ok|chaud|chaude|motiv|emball|convainc|favorable|tent|seduit|pret|prete|prets|dispo|disponible|enthousiast)~ !(pas|plus|par le fait|que)
^ (tres|vraiment|super|hyper|fort|toujours) (interess|partant|chaud)~
^ interess~
^ [bonjour|bonsoir|salut|allo|ah|eh bien|euh|bon|alors] [,|.|!] (oui|ok|d accord|go|banco|volontiers|parfait|super|nickel|impec|impeccable|carrement|allez|vas y|allez y|top|genial|tope la|vendu|deal|entendu|yes|bien sur|evidemment|absolument|tout a fait|avec plaisir|avec joie|adjuge|marche conclu) [$|pour|a|,|!|.|on|merci|c est|ca|je|parfait|appel~|rappel~|pr|lundi|jeudi|mardi|vendredi|mercredi|samedi|heure|demain|vous|avec|volontiers|oui|bien|svp|faites|venez] !(merci bien recu|je prefere pas|combien)
^ (oui|ok) $
(oui|ok|d accord|bon|partant|partante|c est bon) (pour|pr) (le|la|les|un|une|mardi|lundi|mercredi|jeudi|vendredi|samedi|dimanche|demain|heure|moi|ce|accord|date|essayer|votre|l|nous|signer|commencer|que|cette|#)
(on|nous|je) (fait|fais|signe|signons|prend|prends|prenons|valide|validons|y va|accepte|acceptons|lance|commence|tente|part|confirme|confirmons|reserve|retiens|retenons|commande|dis oui|dit oui|marche|fonce|vous suis|vous suit|donne mon accord|donnons notre accord|vous donne carte|souscris|m engage|m inscris|vous choisis|choisis votre) !(pas|plus|ailleurs|un autre|chez|sans|le point|quoi|un peu)
(valid|accept|confirm|approuv)~ [donc|bien|le|la|votre|mon|ma|notre|cette|ce|l|les|tout] (devis|proposition|rdv|rendez|offre|accord|commande|date|creneau|intervention|venue|presence|participation|inscription|jeudi|lundi|mardi|mercredi|vendredi|samedi|heure|reservation|essai|seance) !(pas)
(bon pour accord|lu et approuve|marche conclu|c est parti|c est d accord|feu vert|carte blanche|tope la|ca roule|ca joue|banco|c est ok|c est oui|c est un oui|sera oui|un grand oui|affaire conclue|on est bon|c est bon pour (moi|nous)|partant|ca marche|ca me va|ca nous va|ca le fait|me va|nous va|ca me convient|nous convient|me convient|convient parfaitement|convient tres bien|me plait|nous plait|accord (signe|donne)|donne mon accord|mon accord|notre accord) !(pas|plus|aussi|avec un|comment|sans|?)
(ca me va|me convient|nous convient|c est bon pour|c bon pour|bon pour (moi|nous))
(devis|contrat|convention|proposition|bon de commande|mandat|accord) [est|sera|ci joint|bien|dument|deja|,] (signe|signee|accepte|valide|approuve|signes)
(ci joint|en piece jointe|ci jointe|joint) _ (devis|convention|contrat|signe|signee|acompte|rib|accord|mandat|bon)
(verse|vire|envoi|regle|pay|fait|faire|effectu|adress)~ [dois je] [le|l|un|mon|votre|de l] (acompte|virement|cheque|premier versement|reglement)
(passer|passe|venir) (demain|ce soir|lundi|mardi|mercredi|jeudi|vendredi|samedi|cet aprem|dans la journee) pour [l|le|la|un|une]
(avez|as|reste) [encore] [de la|une|des] (place|places|creneaux) [pour|cet|ce|demain|lundi|samedi|cette]  (pour|cet|ce|demain|lundi|samedi|cette|jeudi|mardi|mercredi|vendredi|?)
acompte (de|envoye|vire|verse|part|partira)
{moi}
"""
SURE = (
    SURE.replace("\n{moi}\n", "\n")
    + """
(appel|rappel|telephon|contact|recontact|joign|joindr|recontac)~ {me} [donc|svp|vite|quand|plutot|directement|des que|aussi] [svp|vite|au|a|demain|ce soir|apres|avant|sur|lundi|mardi|mercredi|jeudi|vendredi|samedi|numtel|$|heure|des|quand|le|dans|maintenant|pour|entre|vers] !(en|apres les|au printemps)
(pouvez|pourriez|peux|peut|pourrais|merci de|possible de|attends|aimerais|voudrais|souhaite|souhaiterais|hesitez pas a|veuillez|faudrait|merci) [vous|tu|que|de|votre|donc|bien] [que vous|bien|etre] [me|m|nous] (rappel|appel|telephon|rappele|recontact|joindre|contacter|passer un coup|passer un appel|recevoir)~ !(plus tard|en)
(attend|attends|attendons|attendrai) [donc|avec impatience|de] (votre|ton|vos|tes|de vos) (appel|coup|retour|visite|venue|passage|devis|proposition|rappel|confirmation|nouvelles|reponse)
(prendre|fixer|caler|poser|avoir|demander|obtenir|planifier|convenir d|convenir|organiser|programmer|reserver|prenez|prends|prenons|prend|bloquer|mettez|donnez|donner|fixez|proposer|proposez|fixons|calons|trouver) [moi|nous|donc|d|un|une|le|la|des|votre] [moi|nous|un|une|premier|petit|prochain|autre] (rdv|creneau|date|dates|seance|visio|entretien|consultation|demo|demonstration|place|creneaux|table|visite|premier creneau|la date|moment|horaire) !(avec un autre)
(un|une|votre|quel|quels|d un|autre|premier|des|vos|prochains|comme|le|de) (creneau|creneaux|rdv|consultation|demo|demonstration|dispo) [?|$|demain|cette|la|pour|lundi|plutot|possible|svp|de vive|avec vous|sur]  (?|$|demain|cette|la semaine|pour|lundi|plutot|possible|svp|rapidement|des que|en debut|en fin|le|avec maitre)
(dispo|libre) [moi|nous|le|ce|cette|a partir|tous|toute|quand|kan|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|apres|des|?] (lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|soir|matin|semaine|aprem|quand|kan|?|de|heure|apres|vous|journee|tous|tout|la|$)
(je|suis|serai|sommes|serons|nous|on sera|serais) [donc|la|toujours|bien] (dispo|libre|joignable|la|present|presente|chez moi|a la maison|sur place|disponibles|presents|libres|au bureau) !(pour toute)
joignable (le|de|au|a|entre|apres|tous|toute|des|quand|par|sur|avant|en)
(envoi|envoy|transmet|fai|faites|fais|adress|prepar|redonn|etabli)~ [moi|nous|donc|le|la|un|les|tes|vos|votre|ton|me|parvenir|moi le|moi un|moi la] [le|la|un|les|vos|votre|tes] (contrat|devis|lien|rib|convention|facture|dispos|dispo|convocation|bon de commande|proposition|documents|papiers|formulaire|modalites|acompte|creneaux|adresse du rdv) [pour|a signer|svp|rapidement]
(modalites|papiers|documents|formalites) (de signature|a signer|d inscription)
(reserv|bloqu|gard|not|inscri|prevoy|prevoi|book|compt)~ (moi|nous|avec moi|sur moi) [donc|svp|bien|aussi|pour] [une|un|la|le|pour|le creneau|jeudi|cette|dessus|sur] !(plus)
(inscrivez|inscris|comptez|notez|reservez|bloquez|retenez|prevoyez) [moi|nous|sur|la|le|une|cette|un] (moi|nous|date|la date|creneau|semaine|place|pour|dans|jeudi)
(venez|passez|viens|passe|intervenez|venir|passer|debarquez|foncez) [donc|me|nous|la|voir|des que|quand] [vite|svp|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|quand|changer|rapidement|la|au plus|ce|cet|cette|chercher|a|vers|apres|avant|chez|des|me|voir|aujourd hui|en urgence|ici|maintenant|reparer|aux|le] !(pas|plus|par|outre|mon tour|votre temps|ailleurs|de)
(pouvez|pourriez|peux|peut|pourrez|pouvoir|peu|possible|quand|allez|vous|tu|puis|je peux|kan) [vous|tu|je|on|de] (venir|passer|passe|passes|intervenir|venez|viens|depanner|reparer|me recevoir|nous recevoir|vous deplacer|faire un devis|chiffrer|me prendre|etablir un devis|me faire un devis|me voir|reserver|vous voir|te voir|se voir|s appeler|se parler|commencer|demarrer) [demain|quand|ce|cet|lundi|mardi|mercredi|jeudi|vendredi|samedi|chez|rapidement|svp|vite|en urgence|aujourd hui|pour|cette|voir|?|vers|des|me|un|avec] !(plus tard|pas|plus)
(regardez|regarde|faites|changez|posez|commandez|installez|reparez|prenez|lancez|mettez|retirez|enlevez|demarrez|envoyez) [donc|la|le|les|aussi|moi] _ (en meme temps|aussi|comme vous|comme ca|au mieux|le necessaire|des que|quand vous|lundi|jeudi|demain|ballon|robinet|rapidement|commande|chantier)
(vous pouvez|tu peux|pouvez) (lancer|commencer|demarrer|y aller|venir|passer|foncer|commander|intervenir|envoyer le contrat|attaquer|proceder|compter sur|poser|me rappeler|m appeler|appeler|me joindre|preparer|bloquer)
(on|nous) (commence|demarre|attaque|se voit|se retrouve|se rencontre|se cale|s appelle|se fait|se parle|cale|se dit|fixe) [quand|demain|lundi|mardi|jeudi|vendredi|mercredi|samedi|ca|a|heure|la|le|un|?] !(plus tard)
(a|vivement|rdv|hate|pour|de) (mardi|lundi|mercredi|jeudi|vendredi|samedi|demain|tout a l heure|ce soir|bientot pour) [$|heure|alors|matin|donc|a heure|,]  ($|heure|alors|matin|donc|a|,|prochain|soir|c est bon)
^ [bonjour|ok|oui|plutot|va pour|disons] [,] (lundi|mardi|mercredi|jeudi|vendredi|samedi|demain) [prochain|matin|soir|apres midi|a|vers|#] [a|vers] (heure|matin|soir|$|me|ca|ok|parfait|ce serait|serait|possible|10|si|14|convient)
(hate|impatient|impatiente|impatients|ravi|ravie|ravis|heureux|heureuse|curieux) (de|d|que) (commencer|demarrer|travailler|vous rencontrer|voir|en discuter|en parler|vous recevoir|en savoir|decouvrir|collaborer|essayer|tester|qu on)
(souhait|voudr|aimer|veux|veut|desir|envi|voulons|souhaitons|voul)~ [bien|donc|vous|vraiment|aussi|de|egalement|toujours] [vous|aussi|m|me|nous|en] (commenc|demarr|essay|confi|mandat|signer|tester|inscri|avancer|poursuivre|engager|reserver|tenter|donner suite|souscrire|participer|profiter|prendre rdv|rencontrer|faire appel|passer commande|conclure|beneficier|un devis|un rdv|aller plus loin|y aller|faire le|vous voir|une demo|decouvrir|visiter|commander|faire avec vous|travailler avec vous|planifier)~
je (veux|voudrais) bien
(pourquoi pas)
(ai|avons|j ai|y a|avec|grosse|grande|toujours|suite a) [une|un|plus|encore|pris|besoin d|besoin de|urgence|toujours] [grosse|enorme|un] (fuite|degat des eaux|panne|degat|inondation|besoin urgent|court circuit|depannage|coupure|plombier rapidement|bouchon|eau partout|intervention|devis rapidement)
(plus|pas) (de|d) (courant|chauffage|eau|electricite|lumiere|jus|eau chaude|pression)
(urgent|en urgence|au plus vite|le plus vite possible|le plus tot possible|des que possible|au plus tot|rapidement|asap) !(voir|merci de contacter|contactez|appelez)
(fuit|coule|disjonct|inond|bouch)~ [partout|toujours|encore|de|sous|depuis|non stop|la]  (partout|toujours|encore|sous|depuis|chez|beaucoup|dans)
(voici|mon|c est le|au|sur mon|sur le|ma) [mon] [(numero|num|tel|portable|fixe|adresse)] [est|le|c est|:|au|portable] (numtel)
numtel (apres|avant|le|des|entre|demain|ce|c est mon|svp)
^ (rappel|appel)~ numtel
(confi|donn)~ [vous|donc] (mon|notre|le|la|vous) (dossier|affaire|chantier|travaux|projet|defense|realisation|mandat)
vous (confier|mandater|engager|choisir)
(vous retenons|vous retiens|retenons votre|retiens votre|avons retenu votre|choisi votre|vous avons choisi|vous ai choisi|votre entreprise a ete retenue|vous faisons confiance|vous fais confiance|faisons confiance|convaincu|convaincue|convaincus|decide de vous)
(tombe|tombez|tomb)~ [tres] (a pic|bien)
(pret|prete|prets) (a|pour) (demarrer|commencer|signer|y aller|partir|lundi|avancer|essayer|vous)
(c est|est) (exactement|pile|tout a fait|pile poil|justement) ce (que|qu|dont)
(dites|dis|dite) (moi|m|nous) [en|quand|ou|moi] [plus|quand|ou] (quand|plus|ce qu il vous faut|vos dispo|l heure|comment on procede|ou signer)
(au plaisir de|ravi de|hate de) (vous|te) (rencontrer|voir|recevoir)
(mercredi|lundi|mardi|jeudi|vendredi|samedi) ou (mercredi|lundi|mardi|jeudi|vendredi|samedi)
pas de (souci|soucis|probleme|problemes) [pour|on|c est|a|,|je] (pour|on|c est|a|,|je|lundi|mardi|jeudi)
(vous envoie|t envoie|je vous transmets|vous adresse|vous ai renvoye) _ (signe|signee|adresse|photos|plans|acompte|documents|contrat|code|dossier)
(souhaite|demande|voudrais|attends|besoin d|besoin de) _ (devis|chiffrage|estimation|rdv|intervention) [pour|rapidement|svp]
(essai|test|periode d essai) [d|de|gratuit|pendant] _ (mois|semaine|favorable|ok|volontiers|commencer)
(ma decision est prise|mon choix est fait|c est decide|decide|notre choix)
^ (go|banco|parfait|nickel|super|top|genial|impec|volontiers|carrement|evidemment|partant|partante|deal) [!|.|,]
"""
)

LIKELY = """
^ (oui|ok|d accord|go|parfait|super|top|nickel|genial)
(interesse|interessee|interessant|interessante|interessants|partant|preneur|volontiers|avec plaisir|seduisant|seduisante|tentant|tente)
(rdv|creneau|dispo|heure)
(me plait|m a plu|j adore|j aime bien|adoree|top votre|tres bien)
(urgent|fuite|panne)
(devis|acompte)
(lundi|mardi|mercredi|jeudi|vendredi|samedi) (matin|soir|apres midi|aprem|midi|#|heure)
(appel|rappel)~ {me}
"""

WEAK = """
(oui|ok|d accord|ca marche)
(demain|lundi|mardi|mercredi|jeudi|vendredi|samedi)
numtel
emojioui
"""

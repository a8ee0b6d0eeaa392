"""`question`: asks something before deciding, also what it costs."""
# ruff: noqa: E501 - a phrase is a line

# Questions of somebody who has accepted, or asks for an appointment; and politeness that only looks like one.
NOT_MEANT = """
(oui|ok|super|genial|parfait) [!|,|.] quand ?
(pouvez|pourriez|pourrais|peux) (vous|tu) (me|nous|m) (recevoir|rappeler|appeler|contacter|rencontrer|donner un rdv|proposer un|reserver|fixer|passer un)
comment (souscrire|s inscrire|on s inscrit|proceder|signer|reserver|faire pour signer|commander)
(on|nous|je) [peut|peux|pouvons|doit] [y] (commenc|demarr|attaqu)~ [pouvons nous] [quand|maintenant] [?]
(prochaine|prochaines) etapes
(quoi|comment) (la suite|proceder|on fait la suite)
(a|vers) quelle adresse [dois je|faut il|je dois|envoyer|vous]
(auriez|avez|vous avez|tu as|tu aurais|t as) [vous] [encore] (un|de|des|la|quoi|une) _ (creneau|place|creneaux|dispo|rdv|quoi)
pourquoi pas
je peux (passer|venir|passe|appeler)
(quand|kan) (est ce que|estce|pouvez|peux|pourriez|voulez|vous|tu) [vous|tu|vous voulez] [pouvez|peux|etes|es|seriez] [vous] (venir|passer|intervenir|dispo|appeler|me recevoir|commencer|demarrer|libre) [?]
(on se voit|se voir|vous passez|tu passes|vous venez|tu viens|on s appelle|s appeler|se rencontrer|se parler|me recevoir|nous recevoir|venir|passer|rappeler|m appeler|nous appeler|me rappeler|caler un rdv|fixer un rdv|prendre rdv|reserver|me rappelez|m appelez) __ ?
(dispo|creneau|creneaux|une place|de la place|un rdv|rdv) __ ?
(possible|ca vous va|vous irait|vous conviendrait il|conviendrait|ca t irait|ca te va|ok|ca vous convient|conviendrait il|serait ce possible) __ {day} [#|heure|a heure|matin|soir] [?]
{day} __ (possible|ca vous va|vous irait|conviendrait il|conviendrait|ca te va|ok pour vous|ca vous convient|vous convient) [?]
^ _ {day} [matin|soir|heure|a heure|#|apres midi|ou] [{day}] ?
(vous plaisantez|c est une blague|serieux|serieusement|vous etes serieux|non mais) ?
(ok|d accord|compris) ?
(qu en|d accord|n est ce pas|hein) ?
je me pose [pas|plus|aucune] [la] question
(sans|aucune|pas de) questions
(bonne|cette|en) question
"""

SURE = """
^ [et|mais|bonjour|salut|bonsoir|ok|alors|euh|donc|au fait|svp|sinon|merci|du coup] [,] [c est|ca fait|ca|c|fait|il faut|faut] (combien|quoi|comment|ou|quand|pourquoi|lequel|quel|quelle|quels|quelles) !(meme)
combien [de temps|de seances|ca|est ce|estce|pour|coute|par|en|d|il|vous|coutent|faut|dure|la|le|un|une|me|d heures|de jours|au|y]
(c est|quel|quelle|quels|quelles|connaitre|savoir|est|sont|et) [est|sont|seraient|serait] [vos|votre|le|la|les|l|ton|tes] [delai|prix|tarif|horaires|cout|difference|diff|difference entre|garantie|adresse|duree]  (delai|delais|prix|tarif|tarifs|horaires|cout|difference|diff|garantie|garanties|adresse|duree|modalites|conditions|procedure|demarche|marque|avantages|surface|consommation|puissance|formule|abonnement|engagement)
(quel|quelle|quels|quelles) (est|sont|serait|seraient|delai|type|marque|garantie|jour|difference|sont vos|heure|genre|assurance|materiel|age|produit|produits|duree|taille|modele|formule|option|document|papiers|moyens)
(estce|qu estce|qu est ce|keske|est ce) [que|qu|vous|c est|il|ke|on|je|le|la|les|tu]
(faites|intervenez|travaillez|proposez|prenez|acceptez|avez|garantissez|fournissez|assurez|utilisez|vendez|livrez|posez|etes|pouvez|pratiquez|deplacez|facturez|remboursez|recevez|allez|reparez|connaissez|installez|gerez|vendez|traitez|ouvrez|fermez|formez|disposez|offrez|incluez|comptez|demandez|suivez|savez|seriez|auriez|pourriez|conseillez) vous
(peut|puis|pouvons|dois|doit|faut|est|sera|seront|sont|peuvent|aura|y a t|a t|serait|existe t|faudra t|marche t|pourrait|devons|devrais) (on|je|il|elle|ils|elles|t il|t elle|t on|nous) !(faut|est|y a)
estce
y a t il
^ [bonjour|et|salut|bonsoir|merci|svp|euh|mais|alors] [,] [si] (vous|tu|vs) [ne] (faites|fait|faite|intervenez|intervene|travaillez|proposez|prenez|pren|prends|acceptez|avez|ave|garantissez|fournissez|etes|es|posez|deplacez|remboursez|recevez|fais|prenez|as|acceptes|vendez|livrez|facturez|reparez|etes sur|assurez|utilisez|etes ouvert|ouvrez|fermez|repondez|connaissez|gerez) !(bien fait|mon feu|le feu vert|mon accord|tres|trop|penible|lourd|deja|gagne|raison|convaincu|mon accord|carte blanche|fait bonne)
[je] (voudrais|aimerais|souhaite|souhaiterais|besoin de|besoin d|voulais|aimerai|veux|veut|voudrai|aimerions|souhaiterions|cherche a|cherchons a|souhaitons) [juste|bien|egalement|de|encore|d abord] (savoir|comprendre|connaitre|des precisions|des informations|des infos|un renseignement|plus d informations|des renseignements|en savoir plus|precision|precisions|d informations|de precisions|quelques precisions|eclaircissements|avoir des infos|avoir plus|recevoir davantage|plus d infos|me renseigner|avoir des renseignements|vous demander|vous poser|poser)
(renseignement|renseignements|informations|infos|precisions|eclaircissement|details|documentation|brochure|plaquette|catalogue|references|exemples|photos) [svp|complementaires|supplementaires|sur|concernant|?|de clients|tarifaires|avant]  (svp|complementaires|supplementaires|sur|concernant|?|de clients|tarifaires|avant|de vos)
(pouvez|pourriez|peux|pourrais|peut|vous pouvez|tu peux|pourriez) [vous|tu|donc] [me|nous|m|bien|svp] [nous|me|m] (preciser|indiquer|expliquer|dire|renseigner|detailler|communiquer|eclairer|donner|confirmer si|envoyer la|envoyer une|envoyer des|envoyer un exemple|envoyer plus|transmettre des|montrer|rappeler le prix|rappeler vos)
(vous pouvez|tu peux|pouvez vous) m (envoyer|expliquer|eclairer|en dire|indiquer) [la|une|un|des|plus|vos] [brochure|documentation|plaquette|exemple|tarifs|photos|infos]
(vos|votre|les|le|quels) (tarifs|tarif|prix|horaires|delais|adresse|conditions) [svp|$|?|pour]  (svp|$|?|pour)
^ (tarifs|tarif|prix|horaires|adresse|delai|devis) [svp|?|du|de|des|pour]
(une|ma|deux|petite|quelques|des|derniere|autre|seule|mes|autres|trois) (question|questions|interrogation|interrogations|renseignement|point a eclaircir|zone d ombre)
(me|nous) (demand)~ (si|comment|combien|quel|ce que|pourquoi|quand|s)
(reste|restait|resterait) [juste|donc] [a] (savoir|comprendre|a determiner|eclaircir)
(savoir|sais|voir|comprend|comprends|compris|preciser|dire|me dire|demander|verifier|indiquer) [pas|juste|bien|trop] (si|combien|comment|quand|quel|quelle|quels|quelles|pourquoi|ce que|ce qui|s il|s ils|qui|ou|quoi|ce qu|en quoi|jusqu)
(qui|quoi|ou|comment|quand|quel|quelle) __ ?
pourquoi !(pas)
(c est|c) (quoi|qui|ou|comment|quand|combien|payant|gratuit|rembourse|cher|compris|inclus|obligatoire|compatible|possible|dispo|ouvert|faisable|valable)
(vous|tu) (etes|es) (qui|ou|quoi|sur|ouvert|assure|assures|certifie|dispo|agree|agrees|rge)
(comment|coment) (ca|vous|on|je|se|faire|fonctionne|est|puis|dois|marche|avoir|avez|faites|faut|cela|sont)
(de quoi|a quoi|pour quoi|en quoi|d ou|depuis quand|jusqu a quand|a qui|pour qui|chez qui|avec qui|dans quoi|jusqua quand|a partir de quand|a partir de combien|qui est)
(entendez|entends|veut dire|signifie|mentionne) [vous] [par la|par|$]
(existe|existe t il|y a) [t il] (une|un|des|moyen) [garantie|possibilite|solution|delai|formule|parking|version|place]  (garantie|possibilite|solution|delai|formule|parking|version|assurance|frais|engagement)
(ca|cela|il|elle|c est) (marche|fonctionne|dure|fait mal|prend|comprend|inclut|couvre|coute|se passe|passe|tient|gere|va) _ ?
(ca marche|ca fonctionne|ca dure|ca coute|ca prend) (aussi|avec|sans|sur|combien|comment|chez|pour|quoi|meme)
(le|la|les|ca|il|elle|vous|tu) __ (ou pas|ou non|ou y a|ou il|ou c est|ou faut|ou vous|ou est ce)
(valable|valide) (jusqu|combien|encore)
(encore) (d actualite|valable|dispo|possible) ?
(avant de|avant toute|avant que|avant d) [me|nous|je|chose|m|signer|vous] [decid|engag|sign|confirm|valid|accept|vous|repondre|donner]~ __ (savoir|comprendre|si|?|question|precis~)
(tant que|en attendant) _ (reponse|precision)
(si je comprends|si j ai bien compris|si je comprend|si je compren)
(ou|kel|quel|quelle|combien) [exactement] $
(que deviennent|que devient|qu en est il|qu advient|que comprend|que couvre|que se passe|qu arrive|qu entendez|que faut|que dois|que pensez|qu est)
"""

LIKELY = """
?
(tarif|tarifs|horaires|delais) svp
(me renseigne|je compare|on compare|nous comparons|m informer|compare|comparons)
(curieux|curieuse) de savoir
(demande|question)
"""

WEAK = """
(combien|comment|pourquoi|quel|quelle|quoi|si)
"""

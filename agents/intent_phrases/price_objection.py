"""`price_objection`: too dear, or cannot pay that. Words of money alone are none."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
(pas|point|moins|jamais) [du tout|si|trop|tres|bien|plus] cher
(pas|ni|plus) [vraiment|du tout] (trop|tres) (cher|eleve)
(rien a redire|pas de souci|aucun souci|d accord|ok|pas un probleme|pas de probleme|ok aussi) [sur|pour|avec] (le|les|vos|votre) (prix|tarif|tarifs|montant|budget)
(prix|tarif|budget|montant|tarifs) [total] [me|nous|est|sont|semble|parait|ne] [me|nous|parait|semble|est] (va|convient|convienne|conviennent|correct|corrects|ok|raisonnable|interessant|attractif|honnete|juste|bien|est pas un probleme|pas un souci|pas un probleme|correspond|bon|parfait|imbattable)
moi qui (paie|paye)
(mari|femme|associe|voisin|ami|il|elle) _ (trouv|disait|dit)~ (ca|cela|que c etait|le prix)  [un peu] trop cher
malgre [un|le|votre|ce] [tarif|prix|budget|montant]
(vaut|valent) [bien|largement] (le|son|ce) (prix|cout)
c est donne
(est|c|c est) [estce] [trop|tres] cher ?
(coute|coutent|revient) [ca] [combien|cher] ?
"""

SURE = """
(si vous|si tu|vous|tu) (descend|baiss)~ [a|de] (#|montant)
(faites|fait|faire) [moi|nous|me] [moi] un (prix|petit prix|rabais|geste|effort|tarif)
(trop|super|hyper|vachement|tres|franchement|carrement|quand meme|poil|plutot|unpeu|excessivement|horriblement|beaucoup|bien) (cher|eleve|elevee|onereux|onereuse|couteux|couteuse|eleves|salee|sale)
^ cher (cher|$|!|quand|pour|le|la|,)
(c est|ca|fait|est|sont|revient|reste|restent|coute|trouve|ca fait|coutent) [me|nous|ca|unpeu|encore|quand meme|assez|vraiment|vite|tellement|si|aussi] (cher|eleve|onereux|couteux|exorbitant|excessif|prohibitif|astronomique|delirant|indecent) !(?)
(cher) (le|la|les|pour|payer|quand meme|votre|ton|vos) ~ [!ment|que]
(hors|depass|au dela|explos|plus que|excede|superieur|crev)~ [de|d|largement|bien|a|mon|notre] [notre|mon|le|nos|mes|ma|nos] (budget|budgets|enveloppe|prix|moyens|portee|possibilites|capacites|prevu|previsions|plafond)
(au dessus|au dela|loin) [de|des] (mon|mes|nos|notre|ce|tout) (budget|moyens|prix|enveloppe|que je|qu on|que nous|possibilites|portee)
(plus haut|au dessus|beaucoup plus|bien plus|plus) (que|de|qu) [ce] (ce|que|qu|je|on|prevu|j) [que|qu] [je|on|j|nous] (pens|imagin|prevoy|avais prev|avait prev|esper|attend|envisag|compt|avais en tete)~
(pas|plus|ni|jamais|sans) [trop|vraiment|les|le|du tout|de quoi] [les|le|de|un|assez de|l|ce] (budget|moyen|moyens|sous|tune|thune|thunes|argent|fric|finances|ressources|enveloppe|tresorerie|ronds|oseille|pognon|budgets) !(prevu pour attendre)
pas (dans|a) (mes|nos|mon|notre|ma) (moyens|budget|prix|possibilites|portee|cordes|bourse)
(budget|moyens|finances|tresorerie) [la] [ne|n|est|sont] [me|nous|l|le|est|sont|vraiment|tres|trop|deja|bien] (serre|serree|limite|limites|limitee|limitees|petit|reduit|restreint|insuffisant|permet pas|permettent pas|insuffisants|a sec|bloque|bloquee|contraint|depasse|boucle|explose|modeste|court|chaud|fragile|tendue|tendu)
niveau (budget|tarif|prix|finance|finances|argent|sous)
(budget|tresorerie|finances|banque|banquier) _ (permet|permettent|suit|suis|suivra|refus~|autorise|accorde) [pas]
(peux|peut|pouvons|peu|pourrai|pourrais|pourrons|saurais|pas possible de|impossible de|possible de|puis|pourra) (pas|plus|me|nous|ni) [me|nous|malheureusement|du tout|vraiment] (mettre|payer|sortir|depenser|permettre|l assumer|assumer|financer|debourser|suivre|investir|offrir|les mettre|engager|monter|aller|me l offrir|avancer|supporter|lacher|claquer) [autant|cette somme|un tel|plus|#|montant|ca|cela|ce|de|tout ca|ce prix|sur]
(impossible|pas possible|inenvisageable|infaisable|pas envisageable|hors de question|dommage|non merci|non|rien) [pour moi|pour nous|de|,] (a|avec|pour|au) (ce|cet|ces|un tel) (prix|tarif|montant|budget|cout|tarifs)
[m|nous|me] est [malheureusement|financierement|totalement] (impossible|inaccessible|hors de portee|hors de prix|hors budget)
(financierement|economiquement|budgetairement) [c est|parlant|,|,|,] _ (impossible|complique|difficile|chaud|pas|tendu|dur|juste|serre|trop)
(c est|est) [pas] [financierement] [raisonnable] [pour moi] [financierement] (inabordable|hors de prix|inaccessible|pas raisonnable|hors de portee|pas abordable|exorbitant|du luxe|un luxe|pas a ma portee|pas accessible|hors de mes moyens|hors de mon budget|la ruine)
hors de (prix|portee)
montant __ (pas raisonnable|impossible|rien que ca|trop|quand meme|serieux|serieusement|du vol|abuse|blague|c est fou|mdr|hallucin~|la vache|vous plaisantez|de moins|moins cher|pour changer|pour visser|pour deplacer|pour un robinet|vous etes fou|sans deconner)
(du vol|de l arnaque|c est l arnaque|une arnaque|escro~|voleur|voleurs|coup de massue|coup de fusil|coup de bambou|racket|extorsion|matraquage|prix d or|prix fort|peau des fesses|yeux de la tete|les yeux de la tete|un bras|un rein|une fortune|la fortune|une blinde|un saladier|coute bonbon|assommoir|exageration|prix de dingue)
(abus|exager|delir|excessi|exorbit|prohibit|indecen|scandal|pique|pik|hallucin|raide|sale|salee|corse|corsee|douloureux|douloureuse|dissuasif|astronomi|chaud|costaud|violent|rude|demesure|disproportionn|lourd|gonfl|rebarbat|redhibit)~ [pour|,|.|!|de|le|ce|votre|la|les|un|,|votre] [le|ce|un|moi|votre|mon|la|du] (prix|tarif|tarifs|montant|devis|facture|note|budget|addition|somme|portefeuille|cout)
(prix|tarif|tarifs|montant|devis|facture|note|budget|addition|cout|somme|chiffre|total) _ (abus|exager|delir|excessi|exorbit|prohibit|indecen|pique|pik|hallucin|raide|salee|sale|corse|douloureux|dissuasif|astronomi|violent|rude|demesure|disproportionn|freine|bloqu|coince|fait mal|fait peur|refroidi|calme|gonfl|fait reculer|pose probleme|pose souci|passe pas|redhibitoire|chauff|non|decourag|inaccept|fou|folle|rebut|effray|grimpe|s envole|double|a pris|triple|trop|augment|eleve|elevee|assomm|choqu)~
(trop|assez|beaucoup) [d] (argent|fric|sous|euros) [pour]
(moins cher|meilleur prix|moitie prix|meilleur tarif|deux fois moins|2 fois moins|moins chers|plus abordable|plus accessible|plus competiti~|prix plus bas|plus interessant niveau prix|plus economique)
(montant|#|pour cent|pourcent) [euros] (de moins|moins cher|en dessous|plus bas|d ecart|plus cher|de difference)
(propose|prend|fait|demande|me le fait|offre|facture|me prend|me demande|me propose|m a fait|a fait|on m a fait|m en demande|est a|vend) [la meme|le meme|pareil|ca|moi|nous|meme chose|pour|tout|la meme chose|l equivalent|le] [prestation|chose|produit|travail|pour] [pour|a] [#|montant] [de] moins
(concurrent|concurrence|confrere|autre|ailleurs|voisin|proposition|proposition|devis) _ (en dessous|de moins|moins eleve|inferieur|moins cher|plus bas|moitie|plus interessante|bien inferieur)
(vous|de vous|pouvez vous|etre en mesure de|possible de) [vous] align~ [$|?|sur]
(align|baiss|revoir|reduire|diminu|revis|adapt|ajust|rabot|negoci|discut|descend|rabaiss|couper)~ [unpeu|donc|encore|svp] [sur] [le|les|votre|vos|ce|cette|la|du|un|ton] (prix|tarif|tarifs|montant|devis|facture|budget|offre|somme|cout|note|a la baisse)
(moyen|possible|possibilite|pouvez|peux|faites|faire|pourriez) _ (baisser|negocier|descendre|remise|ristourne|rabais|geste|effort|reduc|rabaisser|discount|reduction|prix d ami) [?|$|sur|commercial|un peu|unpeu|le|parce|car|,]
(geste|effort) [commercial] (sur|sur le|$|?|commercial) [le|prix]
(a|pour|avec) (ce|cet|ces) (prix|tarif|prix la|tarif la|montant|cout|somme) [la] !(je signe|on signe|je prends|je fonce|on y va|d accord)
(au|aux|de tels|un tel|tel) (prix|tarif|montant|tarifs) (auquel|ou vous|ou c est|pratique|indique|annonce|demande)
(mal|cri|hurle|pleur|souffr|crie|peur|serre|vide|saign)~ [au|a|mon|le|a mon] (portefeuille|porte monnaie|compte en banque|banquier|bourse)
(portefeuille|banquier|compte en banque|porte monnaie|compte|carte bleue) _ (mal|cri|hurl|pleur|souffr|s evanoui|vide|pas d accord|tousse|saign|rouge|fait la gueule)~
(failli|manque) [m|me|de|de m|de me] (etouff|etrangl|tomb|evanoui)~
(tombe|tombee|tombes) (de ma|de mon|de la) (chaise|fauteuil)
(je|on|nous) (touche|touchons|gagne|suis|vis|vit|sommes|est) _ (rsa|smic|chomage|aah|minimum vieillesse|allocation|allocations|minima|a decouvert|decouvert|fauche|fauchee|precaire|surendett~|ric rac|interdit bancaire|a sec)
(ma|notre) [petite|maigre|seule] (retraite|pension|paye|paie|salaire) [ne|c est|je|me|suffit|n]
(pas|peu|jamais) [vraiment|tres|franchement] (donne|donnes|donnee|rentable) [votre|ton|le|la|ce|$|!|,|vos|comme]
(fins|fin) de mois (difficile|difficiles|dur|serre|complique|dures)
(c est|ca|fait|represente|represent|equivaut|correspond) [un|une|presque|quasi|la|quasiment|plus d|a] [demi|demie|moitie|mois|quart|tiers|deux] _ (salaire|benefice|revenu|loyer|paie|paye|budget|chiffre|journee)
(moitie|demi|double|triple|quart) [journee] (de|du) [mon|notre|ma|mes|nos|ce|budget|salaire] (salaire|benefice|revenu|loyer|paie|budget|retraite|chiffre|que|prix)
(une|sacree|grosse|enorme|belle|jolie|petite) (somme|fortune|addition|note) [quand meme|pour|$|!|la|,|a sortir]
(prix|cout|tarif|budget|financier|argent|sous|finances|financement) [qui|nous|me|est|c est|me fait|bloque|coince] (bloque|coince|freine|probleme|souci|qui coince|qui bloque|hesiter|arrete|pose|frein)
(c est|est|surtout) [juste|surtout|que|seulement|plutot] (le|la|une question de|une histoire de|du) (prix|cout|tarif|budget|sous|chiffre|montant|argent) [qui|la|,|.|le|en bas] [nous|me|coince|bloque|passe|ne|qui|probleme|gene|fait|freine|derange|va]
(rajoute|ajoute|trompe|erreur|trop) [d] [de] [un|sur le] (zero|virgule)
(vous|etes) [donc] _ (coiffeur|coiffeuse|plombier|medecin|restaurant|artisan) des stars
en or [massif|$|!]
(remise|ristourne|rabais|reduc|reduction) [possible|?|$|sur|parce|car|pour|,]
(gratuit|gratis|moi meme|tout seul) [lol|mdr|sur|internet|chez|lui|ailleurs|$] [internet]
(c est|c) [vraiment|quoi] une (blague|plaisanterie) [le|ce|votre|?|$|!|non]
(ah oui|eh ben|eh bien|oula|ouch|aie|aille|ouille|wow|punaise|puree|mince|oulala|olala|oh la la|la vache|houla|ouh|ouh la) [quand meme|,|!|.|la] [montant|c est|le prix|la douloureuse|quand meme|la facture|le devis|mon portefeuille]
(montant|devis|prix|tarif|facture) [.|,|!] [.|,] emojichoc
montant _ emojichoc
emojichoc [.|,|!] (ah oui|montant|le prix|le tarif|ce prix)
(plus de|plus que|max|maximum|pas plus de|au dela de|dans les) (#|montant) [euros|max|maxi] (non|$|pas|je peux pas|impossible)
(peux|peut|veux|voulais|pensais|comptais|prevu|avais|avait) (pas|plus|rien)  [de] (mettre|payer|sortir|depenser) [plus de|plus|autant|que|#|montant|dans]
(mettre|payer|depenser|sortir) (autant|aussi cher|tant)
(taux|paiement|credit|pret|financement) [est|a ete|m est|nous est|m a ete] refuse
(trop|beaucoup) (pour|de frais) (ce que|moi financ|un|mon budget|notre budget|notre petite|si peu|une)
(bof|meme|quand meme|juste) [,] montant [mois|par mois|quand meme|la seance|ht]
montant (la|le|l|par|pour|de l) ~ (!|c est|ca|vous|bof|quand|la coupe|ca fait)
emojichoc $
"""
LIKELY = """
cher [$|!|la|,]
(prix|tarif|devis|facture|cout) [.|,] ~ [.|,] (mdr|lol|ptdr)
(vu|recu|lu|regarde) [le|votre|ton] (devis|prix|tarif|facture) [.|,|!] (mdr|lol|ptdr|ouch|aie|oula|serieux|serieusement|non mais|c est)
(paiera|paierai|payer|paierais|mettrai) (pas|jamais) [#|montant|ca|ce|un|autant]
(comparer|comparaison|concurrence) _ (moins|prix plus)
(baisse|remise|rabais|ristourne|effort|geste)
(si vous|si tu|a condition) _ (baiss|descend|fait|faites) _ (prix|remise|effort|geste|tarif)
pas (abordable|accessible|raisonnable)
(depenses|investissement) (importante|important|lourd|trop|consequent)
(argent|sous|finances|financier|financierement|tresorerie|decouvert)
"""
WEAK = """
(montant|cout|budget)
(chaud|raide|abuse)
"""

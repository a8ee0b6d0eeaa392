"""`not_now`: postpones or declines, without asking for silence."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
(plus|pas) envie d attendre
(apres|suite a) [mure] reflexion [,] nous donnons suite
(pas la peine|inutile|pas besoin) de (payer|fournir)
non pas (lundi|mardi|mercredi|jeudi|vendredi|samedi|demain|heure)
(veux|dois|peut|peux|faut|puis|pouvoir|possible d) [je] (annul|report|decal)~ __ (?|la veille|frais|factur~)
(ne dis|dis|dirais|dirai|suis) pas [du tout] (non|contre)
(pas|sans) [de|d|aucun] (souci|soucis|probleme|problemes|pb|hesitation|doute|regret)
pourquoi pas
(attend|attends|attendons|attendrai) [donc|avec impatience] (votre|ton|vos|tes)
en peux plus
si (je|on|nous|ca|tu|vous|c est) [me|m|n|ne|nous] [suis|peux|est|veux|veut|peut|ai|sommes] pas
(arret|cess)~ d attendre
(ne|n) (veux|souhaite|voudrais|peux|pouvons|vais) (plus|pas) [plus] [longtemps] (attendre|tarder|hesiter|trainer|perdre de temps|rater|reporter)
plus attendre
(n est|est) (ce pas|plus un non)
pas avant heure
(ne|n) (annul|reporter|report|decal)~ (pas|surtout pas)
(c etait|etait|disais|avais dit) [un] (non|pas interesse) [l an|hier|avant|la derniere]
(pas|aucun) mal
ne (manquez|ratez|loupez) pas
n hesitez pas
non (plus|stop|conforme|payant|remboursable)
(oui ou non|ou non|ou pas)
[(si|quand)] (j annule|on annule|je reporte|je decale) _ (rembours|frais|ca se passe)
"""

SURE = """
(attend|attends|attendons) [encore] (le|la|l) (feu vert|accord|reponse|avis|decision|retour|autorisation|permis|vente|pret) (du|de|d|des)
(pas la peine|plus la peine|inutile|pas besoin) de (passer|venir|vous deplacer)
(moi meme|moi qui) [vous] [si|quand] [j ai|besoin]

(pas|ne) [a|ai|ont|avons] (pas) (valide|retenu|obtenu|accepte|vote) [le|la|notre|votre]
(non) (merci|$)
^ non [,|.] [merci|pas|c est|desole|sans facon|ca|sa]
(merci|mais|desole|bonjour|ce sera|c est|toujours|sera|est) [un] (non|nn) $
(sans facon|non desole|desole non|desole mais non|merci mais non|non ca ira|non ca va|ca ira|ca va aller)
pas (pour|a) (l instant|le moment|l heure actuelle|l ordre du jour|ce moment)
pas (maintenant|tout de suite|en ce moment|actuellement|cette annee|cette semaine|ce mois|aujourd hui|cette fois|dans l immediat|immediatement|avant|d actualite|d urgence|encore|presse|pressee|presses|prioritaire|une priorite|la priorite|notre priorite|demain|ce soir|dans les prochains)
(dans l immediat|pour l instant|pour le moment|pour linstant|a ce stade|a l heure actuelle|en ce moment) [,|c est] (non|pas|rien|je prefere|on|je laisse|ca|c est|nous n|je n|$|en pause|stand by|je suis pas|j ai)
(l instant|le moment|pause|attente|stand by|standby|plus tard|suspens) $
(peut etre|plutot|on verra|on voit ca|voir|reparle|repousse|reporte|rappel~|recontact~|relanc~|ca sera|une autre fois) (plus tard|l annee prochaine|une autre fois|un autre jour|dans quelque temps|un jour)
(prochaine|autre) fois
(peut etre|sans doute|plutot|eventuellement|reparlons en|on en reparle|au mieux|pas avant|voir|recommencer|decision|reprendre|reprendrai|reprenons) [dans|en|au|a|apres|vers|d ici|la|l|le|pour|mi|fin|debut|contact|courant] [quelques|les|la|l|le|deux|trois|un|#|six] ({month}|{season}|semaines|prochain|prochaine|jours)
(rappel|recontact|relanc|reveni|recontactez|revenez|revoy|recri|reecri|sollicit)~ [moi|nous|me|vers moi|vers nous|la] [plutot|plus] [d ici|vers|apres|en|dans|au|a|debut|fin|mi|courant|a partir de|pour|a partir du|a la|l|le|tard] [quelques|les|la|l|le|deux|trois|un|#|six|prochaine] ({month}|{season}|semaines|semaine|mois|jours|prochain|prochaine|tard|travaux|conges|retour|an|annee|la rentree|rentree|temps)
(rappelez|recontactez|relancez|revenez|recontacte|rappelle|relance) [moi|nous|vers] [moi|nous] (en|dans|apres|au|a la|l an|debut|fin|mi|d ici|quand|courant|a l)  (#|{month}|{season}|noel|mois|l|la|les|an|debut|fin|quelques|un|deux|trois|on|j|je|nous|qques|annee|mon|printemps|quelque)
(pas avant|plutot|d ici|jusqu en|jusqu a|a partir de|voir|reparle en|reprend en) [la|l|le|un|deux|trois|quelques|#|fin|en|au|mi] ({month}|{season}|an prochain|mois|annee prochaine)
(en|au|a la|apres les|apres la|apres l|mi|fin|debut|courant|dans) [la|l|le|un|deux|trois|quelques|#|fin] ({month}|{season}|an prochain|mois|annee prochaine) (seulement|au plus tot|plutot|$)
(l an|l annee|le mois|annee|an|mois) (prochain|prochaine|d apres|pro)
(semaine) (d apres|prochaine non plus)
(plutot) [la] semaine prochaine
(apres) (les|mes|la|l|le|ma|nos|noel|avoir|mon) [fetes|vacances|rentree|ete|travaux|demenagement|examens|accouchement|soldes|mariage|conges|bilan|noel]
(au printemps|a la rentree|a l automne|cet hiver|cet ete|d ici la|a mon retour|a son retour|des que j aurai|quand j aurai|quand on aura|quand nous aurons|le moment venu|en temps voulu|un jour peut etre|a l occasion|si besoin je|si j ai besoin|le jour ou)
(je|on|nous|j) [vous|te|t|v|ne manquerai pas de] [re] (redis|redit|redirai|dirai|recontact|rappelle|rappelons|rappellerai|reviendr|revien|reviens|reviendrai|tien|tiens|tiendrai|ferai signe|fais signe|fait signe|fairai signe|reverrai|reparle|recontacterai|reecri|recri|relanc|refais signe|referai signe|solliciterai|reprendrai contact|reprends contact|tiendrons|ferons signe|reviendrons|recontacterons|redirai)~
(revenir|revenons|reviendrai) vers vous (quand|si|des que|plus|ulterieurement|en|dans|au|apres|le)
(on|nous|je) [en|se|s en|s|y|vous|te] [re] (reparl|reparlons|reparlera|reparler|revoit|verra|verrons|voit ca|voit cela|avis|rediscut|reverra)~
reparl~
(deja) [trouve|quelqu un|un|une|mon|ma|notre|fait|signe|pris|le mien|ce qu|equipe|equipee|prevu|en contrat|engage|sous contrat|un contrat|en place|tout|regle|repare|choisi] (quelqu un|plombier|electricien|avocat|coach|artisan|trouve|prestataire|fournisseur|fait|signe|pris|ce qu il|equipe|equipee|equipes|regle|repare|choisi|standard|solution|logiciel|solicite|rdv|contrat|le mien|personne|il faut|autre|estheticienne|assistant|outil|client ailleurs|un)
(ai|avons|a|as|est) [deja|enfin|finalement|depuis|plutot] (trouve|choisi|pris|signe|opte|retenu|confie|fait appel|regle|mandate|prefere|trouver|selectionne|resolu|repare|reparer|fait faire|renouvele|reconduit|donne suite) [deja|avec|par|a|pour|mon] [quelqu un|ailleurs|autre|une autre|un autre|autrement|le probleme|seul|un|le|l|ca|une solution|notre bonheur|avec|prestataire|pour]
(trouve|pris|choisi|signe|passe par|parti|partis|partie|regarde) (ailleurs|quelqu un|autre chose|un autre|une autre|plus pres|mieux|mon bonheur|une solution|preneur|chaussure)
(un|une|d un|d une|chez un|avec un|avec une|l) (autre|concurrent|de vos confreres|de vos concurrents|confrere) [de vos] (confrere|plombier|electricien|prestataire|artisan|avocat|coach|entreprise|fournisseur|solution|cabinet|institut|salon|societe|option|choix)
(engage|engages|sous contrat|en contrat|lie|lies|satisfait|satisfaits|satisfaite|contents|content|tres bien) [actuellement|tres|deja|jusqu] (avec|de|par|jusqu) [un|notre|mon|le|ma|l] [autre|prestataire|actuel|fournisseur|outil|systeme]
(pas|plus|point|guere|nullement|aucunement|jamais) [vraiment|trop|tellement|particulierement|du tout|tres|ete|forcement|plus|plus que ca] (interess|intress|concern|preneur|preneuse|tent|convainc|emball|partant|seduit|motiv|chaud|fan|client)~
(pas|plus|aucun|nul|sans|guere) [vraiment|plus|du tout|d|de|grand] (interet|besoin|envie|utilite|l utilite|le besoin|l envie|le temps|temps|le coeur) !(d informations|de savoir|d aide pour|que vous)
(m|nous|ne m|l) (interess)~ (pas|plus|aucunement|guere)
(me|nous|m|ne me) (tente|branche|convient|convainc|dit|parle|correspond|faut|convainquent|emballe) (pas|plus|moyen|guere|rien)
(me|nous) tente [pas|moyen|guere|plus]  (pas|moyen|guere|plus)
pas (pour moi|pour nous|mon truc|ma tasse de the|notre truc|a l ordre|convaincu|convaincue|sur|decide|decidee|encore decide|pret|prete|prets|dispo|pas l intention|l intention|envisage|prevu|question|la peine)
(chang|changer)~ (d avis|davis|avis|d idee|de plan|de projet|mon fusil)
(j|je|on|nous|dois|vais|doit|voudrais|faut|devoir|obliger|prefere|oblige|oblige d|d|souhaite|veuillez|merci|pouvez vous|devons) [d|de|donc|malheureusement|vous] (annul|report|decal|repouss|ajourn|suspend|renonc|abandonn|laiss tomber|differ|declin|decommand|desist|passe mon tour|temporis)~ !(pas)
(annul|report|decal|repouss|suspend|ajourn|decline|decliner|abandon|mett|mis|met)~ [donc|le|la|mon|notre|votre|ce|cette|les|tout|ca|en|est|sont] [le|mon] (rdv|projet|travaux|chantier|commande|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|decision|seance|procedure|dossier|pause|attente|stand by|standby|devis|offre|proposition|invitation|suspens|intervention)
(projet|travaux|chantier|dossier|procedure|vente|decision|budget|investissement|sujet|dossiers|projets|investissements|tout) _ (annul|report|decal|repouss|suspend|ajourn|abandon|gel|en pause|stand by|standby|attente|a l arret|tombe a l eau|tombee a l eau|tombe|arret|refuse|mis de cote|en suspens|au point mort|plus d actualite|en sommeil|caduc|enterre|attendra|remis)~
(laiss|laiss)~ (tomber|passer|de cote|reposer|murir|moi le temps|moi reflechir|nous le temps|moi un peu|moi quelques jours|moi jusqu|nous jusqu|nous reflechir|moi encore|moi du temps|moi quelques)
(donner|donnerai|donnerons|donne|donnons|donnerons) (pas|aucune|ne|plus) [pas|de] [suite]
(pas|sans|aucune|ne pas|ni) (donner|donne) [de] suite
(sans suite|aucune suite|pas de suite|classe sans|ne donnons pas suite|ne donnerons pas suite|donnerai pas suite)
(sera|c est|sera donc|reponse est|dit|dis|repond|reste) [donc|un|toujours|encore] non
(prefere|preferons|prefererais|vais|va|allons|on va|aime mieux|faut|souhaite|veux|veut) [plutot|donc|encore|me|nous|m|d abord|unpeu|l] (attendre|reflechir|patienter|voir venir|laisser|prendre le temps|temporiser|en discuter|reconsiderer|comparer|y reflechir|rester|garder|conserver|en rester|reporter|faire une pause|me laisser|m en passer|m abstenir|privilegier|faire autrement|faire sans|me debrouiller)
(j attends|on attend|nous attendons|attendons|j attend|j hesite|attend|attendre|attendrai|attendrons|attendra) [encore|d abord|d avoir|de voir|de|que|la|le|mon|notre|l accord|unpeu|les|encore unpeu]
(j hesite|je reflechis|on reflechit|nous reflechissons|reflechis|reflexion|reflechir|reflechi|hesite|hesitons) [encore|toujours|a|y|d abord]
(en|dois|doit|devons|faut|vais|veux|besoin d|besoin de|l) [d abord|en|que j|encore|quand meme] (parl|discut|consult|demand|voir|concert|reflech|revoi|valid)~ [d abord|en|ca|avec|a|l avis] [a|avec|l|mon|ma|le|la|notre|nos|de] ({kin}|banquier|banque|conseil|bureau|ag|copropriete|enfants|associes|equipe|direction|moitie|avis|famille)
(pas|plus|n ai pas|manque de|trop) [vraiment|assez|encore|de|le] (le temps|temps|decide|disponible|dispo|pret|prete|tranche|statue|la tete a ca|mur|muri)
(debord~|la course|le rush|sous l eau|surcharg~|dans les cartons|en plein|en pleine|trop de travail|trop occupe|trop occupee|charrette|submerg~) [de|demenagement|travaux|bilan|saison|la|,|$]
(trop tot|trop tard|prematur~|un peu tot|pas le bon moment|mauvais moment|pas le moment|bon moment|moment mal choisi|tombe mal|mauvaise periode)
(tant pis|on fera sans|m en passer|s en passer|ferai sans|ferons sans|me debrouill~|on se debrouill~|passe mon tour|on oublie|je passe|je decline|jette l eponge|je laisse|on laisse|on abandonne)
(finalement|en fait|au final|bon finalement|fin de compte|tout compte fait) [,] [on|je|nous|c est|ca|mon|ma|j|le|la] [ai|a|vais|va|est|garde|fait] [pas|plus|non|garde|fait|laisse|faire|rien|sera|le|ailleurs|cousin|fils|nous meme|repare|renonc~]  (pas|plus|non|faire|tout seul|moi meme|ailleurs|rien|garde|ma|autre|le faire|la|arrete|repare|charge|nous meme|nous memes)
(mon|ma|mes|un|notre) [(beau|belle)] (cousin|fils|frere|beau frere|pere|voisin|ami|neveu|copain|pote|gendre|collegue|mari|oncle|voisine|connaissance) [finalement|s en|m a|me l a|va|s est] [va|est|a|finalement] (faire|fait|occupe|charge|occuper|repare|s en|le faire|depanne|charger|reparer|s en charge|regle)
(c est|deja|probleme|c etait|fuite|panne|ca) [est|a ete|s est|finalement|deja|bon|enfin|c est] [c est] (fait|regle|repare|resolu|arrange|reparee|termine|fini|remis|reparti|revenu|dans la poche)  $
(trop tard|arrive trop tard|trop tard c est fait|c est deja fait|deja fait|repare ca|me l a fait|regle entre temps|entre temps)
(rien|n y a rien|n est pas) (d urgent|d urgence|urgent|presse|ne presse|qui presse)
(pas|rien) (d urgent|presse|urgent)
(pas|plus) (de|d) (travaux|projet|projets|besoin|demenagement|litige)
(pas) (donne|retenu|retenue|retenons|retiendr|poursuiv|continu|souhait|allon|allez|prevoi|prevu)~ [a] [la|votre|plus|y|de|cette|nos|continu~|poursuiv~|donner] [offre|proposition|suite|loin|candidature|echanges|discussion]
(je|on|nous|j) (garde|conserve|gardons|conservons|garde precieusement|mets de cote) [votre|vos|precieusement|ta|bien|ton|sous le coude|ma|ce|mon] (vieille|contact|coordonnees|carte|devis|mail|numero|proposition|adresse|vieille|le coude|cote|message|offre|vieux|ancien) [sous le coude|pour plus tard|precieusement|au cas|baignoire]
^ [mais] (gardez|garde) mon (adresse|numero|contact|dossier|nom)
(j ai|nous avons|on a) rdv (avec|chez) (un|une|mon) (autre|confrere|concurrent)
(malade|grippe|hopital|hospitalis~|covid|gastro|fievre|accident|angine) __ (annul|report|decal|autre jour|plus tard|redis|rappel|une autre fois|reprend|repouss)~
(peux|peut|pourrai|pourrons|pouvons|serai|suis|peu) (plus|pas) [venir|etre la|etre present|me liberer|dispo|demain|mardi|lundi|jeudi|vendredi|samedi|mercredi|honorer|faut decaler]
(jeudi|lundi|mardi|mercredi|vendredi|samedi|dimanche|demain) [je|on|nous] (peux|peut|pourrai|serai|pourra) (plus|pas)
suis en vacances
(decision|choix) _ (reporte|plus tard|en attente|pas arrete|pas prise|pas encore)
(restez|restons|reste) en contact
(bof|mouais|moyen|mitige) [,|.|$|bof]
(revoy|reconsult|reetudi|reexamin)~ _ (ulterieurement|plus tard|an|annee|rentree)
(projet|idee|envie|besoin|situation|priorites) _ (evolue|change|changent|disparu|a change)
(prestataire|fournisseur|solution|logiciel|contrat) (actuel|actuelle|en cours|en place)
(vendue|en vente|vendu) [finalement] [la maison|l appartement]
(maison|appartement|local) _ (en vente|vendu|vendue)
"""

LIKELY = """
^ (non|bof|nn) [non|!|.|,]
(plus tard|un jour|une autre fois|prochainement|ulterieurement|d abord|rien pour l instant)
(peut etre|eventuellement|pourquoi pas) [un jour|plus tard|$|dans|en|a]
(dans|d ici) (#|un|une|deux|trois|quelques|quelque|six|qques) (mois|semaines|semaine|jours|temps|ans|an)
(encore) (reflechir|hesit|indecis|voir|tot)~
(renonc|declin|abandonn|repouss|suspend|suspen|report|annul|decal|ajourn|desist)~
(bonne continuation|bonne chance)
(n est|est) pas (mon|notre) (priorite|sujet|urgence|besoin)
(n est pas|est pas) le (sujet|moment)
(semaine|mois|annee|an) (prochain|prochaine|pro|d apres)
(me le fait|le fait lui meme|fait maison)
(pas|plus|guere) _ (suite|interet|besoin)
"""

WEAK = """
non
(attendre|reflechir|hesite)
"""

"""What only sounds like an opt-out, and what may be one without a word for it. Data: see communications/phrases.py."""
# ruff: noqa: E501 - a phrase is a line

# Cut out before anything is looked for: these words are about something else, or say the contrary.
NOT_MEANT = """
non stop
(le|un|au|du) stop (de|du)
(feu|panneau|auto|bouton) stop
arret[s] (de|du) (bus|tram|metro|car|travail|jeu|chantier|travaux)
[a l] arret (maladie|de)
(de|du|d) bus
en plus
^ [bonjour|bonsoir|alors] [,] (je|on|nous) [ne|n] (recois|recoit|recevons|trouve|ai) (plus|pas) [recu|eu] (vos|votre|de|le|les|mes)
plus (tard|tot|souvent)
# « ne m'enlevez pas », « n'arrêtez pas »
ne {me} {drop} [surtout] pas
ne (les|la|le|me|nous) {drop} [surtout] pas
n (oubliez|oublie|oublies) pas
n (arret|enlev|annul|effac|oubli|insist)~ [surtout] pas [tout de suite|avant|encore]
(ne|n) {me} {write} [surtout] pas (avant|aujourd|ce|cet|cette|demain|le|la|trop|maintenant|tout de suite|pendant|entre|au|sur|a|apres|heure|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)
(pas|sans) (arret|s arret|m arret)~
(j|il|elle|on|vous|tu|ca) (n arret|arret)~ pas
(j|je) arret~ pas de
{me} {drop} (une|un|cette|cet|la) (epine|doute|question)
(conforme|norme|normes|declar|referenc|recommand|agree|hors de portee|avis)~ [a|aupres de|au|de|avec|rgpd|et|la|par] [le|la|rgpd|et|referenc~|declar~] [a|la|de la] (cnil|rgpd|bloctel)
(victime|victimes|subi|subis|subit|dossier|affaire|cas|faits|contexte) [de|d|un|du|le] harcel~
# leaving something of somebody else's
(me|m) suis (desinscri|desabon|desins)~
(desinscri|desins|desabon)~ _ (de l|du|d un|de mon|de ma|de cet|de cette|des) (abonnement|cours|stage|formation|seance|seances|programme|forfait|autre)
(desinscri|desins|desabon)~ _ (chez|de chez)
# what is to end is not our writing
(arret|stop)~ [,|.] (montant|c est une blague)
(arret|stop)~ tout [,|.] je
(estce|si|comment|quand) _ arret~ [de] {me}
(arret|stop|cess)~ (la|le|l|les|cette|cet|ce|ma|mon|mes|des|un|une) (fuite|eau|alarme|chauffage|chaudiere|courant|compteur|gaz|tabac|cigarette|traitement|retinol|sport|travaux|chantier|degats|procedure|contrat|abonnement|forfait|inondation|saignement|bruit|massacre|moteur|pompe|robinet|prestation|engagement|seances|garde|licenciement|harcelement|toit)
(arret|stop|cess)~ d (attendre|hesiter|y penser|avoir)
(arret|stop|cess)~ de (fumer|travailler|boire|fuir|couler|bosser|chercher|penser|procrastiner|grignoter|stresser|payer|fonctionner|marcher|perdre|sonner)
(peut|puis|peux|pourr|pouvoir|possible|droit) _ (arret|resili|stop)~ _ (quand|tout moment|moment)
(peut|puis|peux|peuvent|pourra|pourrai) _ arret~ [l|le|la|mon|notre] (abonnement|contrat|quand|forfait|essai|a tout)
tout arrive
plus (attendre|hesiter|tarder)
"""

# Clear in a short text; in a long one these may be about something else.
LIKELY = """
(ne|n) plus [rien] recevoir
plus [rien] recevoir
(ca|cela) suffit
(basta|ras le bol|marre|raz le bol) (de|des|d|vous|vos|$) !(payer|attendre|chercher|cette|mon|ma|la|perdre|avoir)
(y en a|j en ai|on en a|en avons|en a) [vraiment|plus que|franchement] (marre|assez|ras le bol|plein) !(de payer|d attendre|de cette|de ce|de la|du|de mon|de ma|de chercher|d avoir|de perdre|pour|comme|de clients|de travail)
(marre|assez|ras le bol|fatigue|fatiguee|lasse|las) (de|d|des) (vos|votre|tes|ces|vous|tous ces|toutes ces)
(vous|vs|tu|t|vos messages|ca) (me|m|nous) [faites|fais|commencez a] (saoul|soul|gonfl|gav|emmerd|fatigu|agac|enerv|casse|pompe|chier|lourd|importun|derang|exasper|suff|harcel|spam|embet|ennuy|prenez la tete)~
(vous etes|t es|tu es|vous devenez|vous commencez a etre) [vraiment|tres|super|trop|bien|bien trop|juste|franchement|un peu] (lourd|lourds|lourde|penible|penibles|relou|relous|casse pieds|chiant|chiants|insupportable|insupportables|insistant|insistants|saoulant|saoulants|collant|collants|fatigant|fatigants|agacant|agacants|envahissant|envahissants)
(c est|ca devient) [vraiment|tres|super|trop|de plus en plus|carrement] (lourd|penible|relou|insupportable|saoulant|chiant|fatigant|envahissant|agacant|intrusif)
(messages|sms|mail|relances|envois|appels|courriers|pub) _ (insupportable|penible|importun|derang|agac|fatigu|intrusif|saoul|lass|exasper|pollu|pourri|envahi|encombr)~
^ (lachez|fichez|cessez|degagez|desinscription|desabonnement|desabo|stopper|cesser|cess|radiez|desinscrivez|desabonnez) $
(efface|effacez|effacer|supprimez|supprimer|supprime|enlevez|enlever|enleve|retirez|retirer|otez|oter|ote|rayez|rayer|virez|bloquez) (mon|mes|ma|ce|cette|le|moi|nous|notre|nos) {mine} (svp|merci|$)
(supprim|effac|enlev|retir)~ [tout|toutes|l integralite|l ensemble|moi|toute] [de] [mes|nos|les|des] (donnees|coordonnees|infos)
{drop} {moi}
^ [non] [merci] (pub|spam|demarchage)
(arret|stop)~ [svp|merci|maintenant|ca|tout|un peu|immediatement|tout de suite|la]  $
^ (arret|arrett|aret|stopp|arrete)~ [donc|un peu|svp] (de|d|vos|tes|les|avec|ca|tout|$) !(laisser|vous inquieter|stresser|rire|de laisser|travaux)
(arret|stop)~ (tes|vos|de me|de m|de nous|les|avec) [tes|vos] ({mails}|trucs|truc|conneries|betises|cirque|manege|robot|robots|bot)
(pouvez|peux|pourriez|peut|pourrais|faut|allez|vas|veuillez|merci|prie|prier|demande) [vous|tu|donc|bien|bien vouloir|de|d] [bien vouloir] (arreter|cesser|stopper) (un jour|svp|$|de|d|tout|ca|vos|les)
"""

# It may well be meant, without a word for it: irony, anger, counting our messages. A person reads these.
HINTS = """
(encore|toujours) (vous|toi|eux) ($|?|!|,)
(ah|oh|tiens|super|genial|chouette|bravo|bonjour|youpi|cool|formidable|parfait|allons bon|chic|merci) [,|!|.] encore (vous|un|une|toi|des) ({mails}|$)
encore (un|une|des) (sms|mail|message|relance|pub|messages|truc|robot) ($|!|?|de vous|de votre|de ta|,)
encore un (seul) (truc|sms|mail|message|mot|appel)
(nieme|dernier|derniere|troisieme) (message|mail|sms|relance|fois|appel|courrier|rappel|avertissement|avertissements) (en|cette|que|ce|,|!|.|de la|$|avant)
nieme fois (que|ke|qu)
[ca fait|c est la] # fois (que|qu|ke)
(#|deux|trois|quatre|cinq|six|dix|plusieurs) (messages|sms|mail|relances|message) (en|cette|ce|par jour|par semaine|en moins|depuis|dans|aujourd hui|de suite)
(un|des) (message|sms|mail|messages) (par jour|tous les jours|toutes les heures|chaque jour|chaque semaine|chaque matin)
(deja dit non|ai dit non|combien de fois|faut vous le dire|quelle langue|faut il vous|faut le dire|faut il le dire) (que|non|qu|faut|faudra|vous|pas|dois|le|#|la|de|je|$|?)
(qu|que) vous ne comprenez pas [dans]
(comprenez|comprends|comprendre) _ (non|stop|le mot|dessin|le francais)
(dire|dit|repond|repondu) non # fois
non [.] (et|c est) non
non [,|.] non (et|,|.) [et] non
continuez (surtout|comme ca|de m|a m)
(vous n avez|avez vous|vous avez|t as|tu n as) _ (rien|pas autre chose|que ca) [d autre|de mieux|autre chose] a faire
(vous voulez|venez) _ (dormir|manger|diner) _ maison
(ca|vous) (m|nous) (avait|aviez|avez|a) manque
(tu|vous) (lach|laiss)~ jamais
jamais (l affaire|tranquille|la paix)
(interesse|interessee|hate|plaisir|ravi|ravie|envie) _ (ne plus|de ne plus|ne jamais|plus jamais) [jamais] _ (lire|entendre|recevoir|voir|croiser)
(boite|telephone|tel) _ (explos|satur|deborde|plein|vibre|sonne) _ (vous|votre faute|cause|nuit|dimanche)
(en pleine nuit|a minuit|du mat|un dimanche|le dimanche|dimanche matin|a heure du|a cette heure|a l heure du) _ (merci|bravo|sms|pub|serieux|sans gene|message|vraiment|sympa)
(sms|pub|message|mail|texto) _ (en pleine nuit|a minuit|du mat|un dimanche|dimanche matin|a cette heure|a heure)
demarchage (illegal|abusif|sauvage|interdit|sans|par sms|telephonique)
(cnil|dgccrf|bloctel|signal conso)
(ma claque|a bout|patience a|perd patience|perdre patience|perds patience|m excede|excedee|exaspere|exasperee|me chauffer|vous me chauffez)
(tiens|ah|oh|dis donc) [,|!] (ca|cela) (faisait|fait) longtemps
(chinois|quelle langue|un dessin|sourd|sourde) [?|!|ou|que|.] (non|quoi|que|je|stop|,|?|!|$)
(je|j|on) (voulai|veu|souhait)~ plus $
(deja) (dit|demande|ecrit|repondu|signifie|precise|signale|prevenu|explique) _ (plus|stop|souhait~|ne pas|trois|quatre|dix|fois)
trop de (messages|sms|mail|relances|pub|notifications|rappels|appels)
(patience|fichier) _ (limites|limite)
pour lire (vos|tes)
(connard|connards|salauds|abrutis|enfoires|bande de|espece de)
(me|m|nous) (exaspere|excede|insupporte|horripile|agace|enerve|fatigue|gonfle|saoule|soule|chauffe|tape sur|pompe)
pitie _ {mails}
si vous (insistez|continuez|persistez|recommencez|revenez a la charge)
(messages|sms|mail|relances) [a|en] (repetition|boucle|chaine|rafale|incessant|incessants|incessantes|permanence)
(calme|calmez) (toi|vous|le jeu|ta joie) [unpeu|sur|avec|,]
(increvables|increvable|infatigable|infatigables|incorrigibles)
(harcel~) (par|de) (vos|tes) {mails}
pourquoi _ (vous|tu|me|m) {me} {write} !(pas|plus)
pourquoi {me} {write}
^ (assez|ca suffit|suffit|halte) (,|.|!|$)
(tout permis|sans gene|culot|gonfles|toupet|sans vergogne|aucune gene)
(presque|commencais a m|me suis|etais) (inquiet|inquiete|inquieter)
(manquait|manquerait) plus que (vous|ca|toi)
(plus souvent|plus) que (ma mere|mes enfants|ma famille|ma femme|mon mari|mon ex|ma banque)
(ma mere|mon ex|ma famille|mes enfants|ma banque) _ (moins|autant) (que vous|souvent)
(champion|championne|roi|reine|medaille|palme|record|oscar) _ (relance|insistance|sms|message|messages|harcelement|lourdeur|spam|battu)
(collectionn|encadr|imprim)~ [vos|tous vos|vos jolis] (vos|tes) {mails}
(vous me suivez|tu me suis) partout
(fidele|collant|tenace) [que|comme] (mon chien|une sangsue|un chewing|le scotch)
(sangsue|pot de colle|moustique|glu)
(mon avocat|la police|la gendarmerie|gendarmes|main courante|huissier) _ (vous ecri|vous contact|prochain message|prochain sms|vos messages|vos sms|pour harcel|adore|lecture|sera saisi)~
(passez|passe) (votre|ton) chemin
jamais (chez vous|de la vie|je n acheterai|n acheterai)
(sans nouvelles) _ (inquiet|inquiete|soulag)~
(a|de) force d insister
(contraire|conforme) a la (reglementation|loi) _ (demarche|message|effac|attends)~
(votre|cette) (demarche|demarchage|pratique) [est] (contraire|illegal|illegale|abusif|abusive|interdit|interdite)
(ca recommence|dormez jamais|vous dormez pas|jamais de repit|rebelote|bis repetita|c est reparti)
(je|nous) [vous|t] (aurais|aurai|aurions|serais|contacterai|appellerai|appelerai) (appele|ecrit|contacte|sollicite|venu|fait signe|moi meme)
(finir|finira|finirez) [par etre] bloqu~
(ignore|ignores|supprime|poubelle|corbeille) [,|et] (bloque|supprime|poubelle|ignore)
(sms|mail|messages|pub|relances|courriers) _ (poubelle|corbeille|indesirables|spam|broyeur)
fatigue~ (de|par) [tous|tout|toutes] [ces|vos|tes|ce] {mails}
(que|qu) (ca|cela|tout ca) [s|se|ne] (arret|cess|termin|stopp)~ !(de couler|de fuir)
(respect|politesse|savoir vivre|educ) __ (paix|tranquille|non|insist~)
(intimite|vie privee|tranquillite) !(de|avocat)
(combien de temps) _ (continuer|durer) _ (message|sms|mail|cirque|harcel)~
(demarchage|prospection|pub|spam) _ (illegal|abusif|interdit|rgpd|cnil)
(je n ai pas|j ai pas|sans) [donne] (mon|ton|notre) (consentement|accord) _ (recevoir|sms|mail|demarch|numero|vous|$)
(bloqu|blacklist)~ (votre|ce|le|cet|vos) (numero|num|expediteur|adresse|contact)
(bien|mieux) _ (sans|avec un peu moins) vos {mails}
(gard|rang|remball)~ vos (pub|offres|messages|promos|sms|conseils|salades|robots|mail)
(me|m|nous) (courez|courrez|cours) apres
c est bon [la] [j ai|on a] (compris|lach~|arret~|stop)
moi qui (vous appelle|vous appellerai|viendrai|reviendrai|vous contacte|vous contacterai|ferai signe|vous ferai signe)
(vous|je vous) appelle moi
(ne souhait|pas souhait|pas voul|ne veu)~ _ (autres propositions|sollicit|demarch|relance|publicit)~
jamais (ete|etait) (client|inscrit|abonne|interesse) _ (cessez|et|ni)
(votre|vos) (insistance|acharnement|perseverance|harcelement|insistances|matraquage)
(admire|felicite) _ (perseverance|acharnement|constance|insistance)
^ emojicolere
emojicolere (stop|sms|pub)
(qui|comment|ou) _ (donne|eu|trouve|obtenu|recupere|achete|vendu) _ (numero|tel|adresse|mail|coordonnees) _ (autoris|accord|jamais|illegal|rgpd|pas donne|retir|supprim|effac|enlev)~
"""

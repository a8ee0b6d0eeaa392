"""How people say that they want no more messages, and what only sounds like it. Data: see communications/phrases.py."""

# Cut out before anything is looked for: these words are about something else, or say the contrary.
NOT_MEANT = """
non stop
(le|un|au|du) stop (de|du)
(feu|panneau|auto|bouton) stop
arret[s] (de|du) (bus|tram|metro|car|travail|jeu|chantier|travaux)
[a l] arret (maladie|de)
(de|du|d) bus
en plus
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
(arret|stop|cess)~ (la|le|l|les|cette|cet|ce|ma|mon|mes|des|un|une) (fuite|eau|alarme|chauffage|chaudiere|courant|compteur|gaz|tabac|cigarette|traitement|retinol|sport|travaux|chantier|degats|procedure|contrat|abonnement|forfait|inondation|saignement|bruit|massacre|moteur|pompe|robinet|prestation|engagement|seances|garde|licenciement|harcelement|toit)
(arret|stop|cess)~ d (attendre|hesiter|y penser|avoir)
(arret|stop|cess)~ de (fumer|travailler|boire|fuir|couler|bosser|chercher|penser|procrastiner|grignoter|stresser|payer|fonctionner|marcher|perdre|sonner)
(peut|puis|peux|pourr|pouvoir|possible|droit) _ (arret|resili|stop)~ _ (quand|tout moment|moment)
(peut|puis|peux|peuvent|pourra|pourrai) _ arret~ [l|le|la|mon|notre] (abonnement|contrat|quand|forfait|essai|a tout)
tout arrive
plus (attendre|hesiter|tarder)
"""

# Clear, however long the text is.
SURE = """
# not to be written to
(ne|n) {me} {write} (plus|jamais) !(tard|souvent|que)
{me} (contactez|contacte|recontactez|recontacte|relancez|relance|sollicitez|derangez|derange|harcelez|embetez|embete|rappelez|rappelle|appelez|appelle|ecrivez|ecris|ecrit|envoyez|envoyer|envoye|envoi|ecrire) plus !(tard|de details|de precisions|d informations|d infos|de photos|souvent|vite|tot|d exemples|de renseignements|de documentation)
(ne|n|a|de|jamais|svp|merci) [surtout] plus [jamais|rien] {me} {write}
(ne|n) {write} plus [jamais|rien]
(ne|n) plus [jamais] {write}
(ne|n) [surtout] (pas|jamais) {me} {write}
^ (plus|pas|jamais) {me} {write}
^ (ne|n) {me} {write} pas
(ne|n) {me} (recontact|relanc|sollicit|derang|harcel|importun|rappel|recri|reecri)~ pas
(ne|n) {me} {write} (pas|aucun|aucune|plus)
(ne|n) (pas|plus) (recontact|contact|relanc|sollicit|rappel|demarch|insist)~
(plus|pas|ni) [a|etre|a etre|d etre|du tout|envie d etre|jamais] (etre|se faire|me faire) [a nouveau|encore|sans arret|constamment|de nouveau] (contact|recontact|relanc|sollicit|demarch|derang|importun|harcel|inscri|spam)~
^ plus {write} [svp]
(de|d|a) plus {me} {write}
(cess|arret|stop|evit)~ [donc|un peu|enfin|svp|tout de suite|immediatement|maintenant] (de|d) [toujours|sans cesse|constamment|me|m|nous|lui|leur|nos] {write}
(cess|arret|stop|evit|epargn|termin|suspend|interromp)~ [moi|nous|donc|enfin|immediatement|avec|un peu|svp|tout de suite|tous|toutes|toute|tout] {your} _ {mails}
(cess|arret|stop|suspend|interromp)~ [svp|immediatement] (tout|tous|toute|toutes|les|ces|ce|l|le|d|des) _ (envoi|envoi|{mails}|correspondance|contact|communication|prospection|sollicitation|acharnement|harcelement)
(cess|arret|stop)~ (avec|tout|ca|cela|immediatement|svp) [{your}] ({mails}|svp|immediatement|maintenant|tout de suite|merci)
(souhait|voudr|aimer|demand|voul|veux|veut)~ [donc] (qu|que) [ils|elles|vos _|ca|cela|ce|tout ca|vous] (cess|arret|stop|s arret)~
cess~ (toute|tout|vos|votre|de nous|de me|de m|immediatement|ca)
(fini|termine|basta|assez|stop|halte|ciao|marre) (les|aux|avec les|avec vos|de|des|de vos|a vos) {mails}
^ pas (de|d) [vos|tes|ces] (sms|pub|newsletter|relance|relances|demarchage|spam) (svp|merci|$)
(plus|stop|marre|ras le bol|plus jamais|assez|plus aucun|plus aucune) [jamais|besoin] (de|d|aucun|aucune|un seul|une seule|vos|tes|ces|des) [vos|tes|ces|ce genre de|autres|autre|tous vos|toutes vos] (sms|mail|pub|newsletter|offres|sollicitations|relance|relances|messages|message|envois|demarchage|prospection|appels|appel|notification|notifications|spam|spams|communication|communications|propositions|courses) [de votre part|svp|merci]
plus [rien|aucun|aucune] (de|d|venant de) (votre|ta) part
plus rien (recevoir|avoir|de vous|m envoyer|de votre part|du tout)
(veux|veut|voulons|veulent|voulais|voudrais|voudrait|souhaite|souhaitons|souhaiterais|souhaitais|desire|desirons|prefere|prefererais|aimerais|aimerait|accepte|compte|entend) (plus|pas|ne plus|ne pas|aucun|aucune|ni) _ (recevoir|avoir) _ ({mails}|rien|vous)
(veux|veut|voulons|souhaite|souhaitons|desire|prefere|souhaiterais|aimerais|voudrais) (plus|pas|ne plus|ne pas|ni|aucun|aucune|rien) [de|d|rien|vos|tes|ces|avoir|de toute|de tous] [vos|tes|ces|autres] {mails}
(veux|veut|voulons|souhaite|souhaitons|desire|prefere|souhaiterais|aimerais|voudrais) (plus|pas|ne plus|ne pas) [a|rien] (etre|figurer|apparaitre|faire partie|vous lire|vous voir|entendre parler|vous entendre|d [e]) [a nouveau|de votre|de vos|dans|sur|de|parmi|inscrit|inscrite|abonne|abonnee|membre|plus] [vos|votre|la|ce|cette|{list}|contact~|relanc~|sollicit~|derang~|demarch~|recontact~]
(ne|n) (veux|veut|voulons|souhaite|souhaitons|desire) (plus|pas) [rien] recevoir
(veux|souhaite|desire|voulons) plus rien [du tout] (recevoir|de vous|$)
^ (je|on|nous) (veux|veut|voulons) plus rien ($)
(plus|pas) recevoir [de|d|vos|tes|ces|tous|toutes|ce genre de|vos autres|autres|ces] [vos|tes|ces|autres] {mails}
(recevoir|avoir) (aucun|aucune|plus aucun|plus aucune|ni|plus de|plus) {mails}
(ni|pas|plus) recevoir [d|de|vos] [autre|autres|nouvelles|nouveaux] {mails}
plus (jamais) (vous|te) (lire|entendre|voir)
plus jamais (svp|ca|$)
(sans|plus) [jamais] entendre parler de vous
(ne|n) (renouvel|repet|reiter|recommenc)~ (pas|plus) (envoi|message|mail|demarche|sollicit|cette|ce|vos|votre|l)~
ne (pas|plus) (renouvel|repet|reiter|recommenc)~ (vos|votre|ces|ce|cette|l|les|ca)
(n|ne) [y] (revenez|reviens|recommencez|recommence|insistez|insiste) (plus|pas)
{your} {mails} [,] (c est non|non|stop|ca suffit|basta|dehors|j en veux|je n en veux|on n en veut|poubelle|corbeille|merci mais non|vous pouvez|je m en|on s en|tu peux) [pas|plus|les garder|passe|tape|fiche|fous|merci]
{mails} __ (en veux|en veut|en voulons) (pas|plus)
(j en|n en|en) (veux|veut|voulons) (plus|pas) [du tout|svp|de vos] (svp|de vos|du tout|merci)
(m en|s en|se) (tape|fiche|fous|fout|balance|contrefous|cogne|contrefiche|bats) [de|completement] [vos|de vos|tes]
(recoi|recoiv|recevr|recev)~ (plus|pas) (rien|de sms|de mail|de message|de messages|de pub|vos|d)
[que] (recoi|recoiv)~ plus rien
(arret|stop|cess)~ (la|ici|maintenant) [avec] (les|vos|tes|tous|ces|le|ce) {mails}
(envie|besoin|plaisir|interet) (de|d) (recevoir|etre contact~|etre demarch~|etre relanc~|avoir vos|lire vos|vos sms|vos mail|vos pub|vos messages|vos relances)
(refus|oppos)~ [formellement|definitif|categorique|total|definitivement|toute|tout|de|a|d|net] [toute|tout|etre|recevoir|la|le|de] [forme de|type de|nouvelle] (prospection|demarchage|demarch|sollicit|communication|contact|relanc|recevoir|utilis|mail|sms|message|pub|newsletter)~
(n|pas|ne) accept~ [pas|plus|aucun|aucune] [le|la|les|vos|ce|ces|d etre|de] (demarch|sollicit|prospect|sms|pub|recevoir|spam|relanc|ce genre|contact)~
(vocation|destine|destinee|faite|fait|prevue) a (recevoir|la prospection|la publicite|la pub|du demarchage|vos|de la pub|etre demarch~|ce genre)
(ferm|clotur|clos|supprim|resili)~ [donc|definitivement] (mon|notre) (compte|dossier|espace) [client] [et|svp|merci|definitivement]
(si|et si|que) vous {me} oubli~
(veux|voudrais|demande|demand|souhaite|aimerais|voulons|merite|fiche) [juste|qu on|simplement|qu une chose] la paix
(vous) harcelez
(ce|votre|cet|du|pur|est du|de) (harcelement|acharnement) !(moral|au|sexuel|par|scolaire|de mon|de ma|sur|dans|professionnel)
{mails} [me|m|nous] [ne] (derang|importun|saoul|gonfl|agac|enerv|embet|fatigu|insupport|pollu|reveill|lass|excede|horripil|emmerd)~
(respect~) [pas|vous] [pas] (bloctel|la loi|le rgpd|mon refus|mon choix|mon non)
(suppr|retir|enlev|effac|ray|sort|ot)~ (son|sa|ses|leur|leurs) (adresse|numero|num|coordonnees|nom|mail|donnees|fiche|contact) [de|du|des|svp|merci] (de|du|des|svp|merci|$)
(rgpd|cnil|donnees) __ (supprim|effac|retir|oppos)~
(allez|va|retournez) (voir|jouer|embeter|demarcher) (ailleurs|les autres|d autres|quelqu un d autre)
(prendre|prenez|prends|noter|notez|prenez bien) [en|bien] [note|acte|compte] [que|de] [mon] (refus|opposition|ne souhaite plus|ne veux plus|ne veut plus)
(je|j|on) [me|vais] [me] (plain|plaindre|plains|plaindrai|plaindrais) [a] (la cnil|cnil|dgccrf|au 33700|aupres)
(cesse|arrete|stoppe|termine) [l|les|le|tes|vos|d|de] (envoi|sms|spam|mail|pub|messages|envoyer|ecrire|contacter|relancer|harceler)~
^ [ok|bon|mais|non|allez|alors] (svp|merci) (arrete|arretez|arreter|cessez|stoppez|stoppe) (,|.|!|$|ca|merci)
(pour|a) (votre|ton) robot (d|de) (arret|cess|m oubli|se taire)~
(dites|dis) (a|au) [votre|ton|vos] [robot|machine|ordinateur|logiciel|secretaire|collegues|equipe] [d|de] (arret|cess|stop|me laisser|m oublier|ne plus)~
^ (oust|ouste|dehors|zou|du balai|du vent|au revoir et adieu|adieu) $
(du balai|bon vent)
# leave me alone
(lach|lech)~ ({moi}|[un peu] les baskets|la grappe|l affaire|moi la|moi les|nous la|nous les|unpeu)
(fich|fout|fous|foot)~ [{moi}|{me}|moi donc|nous donc] la paix
(fich|fout|fous|barr|cass)~ (le camp|vous|toi)
(laiss|lese)~ {me} (tranquille|trankil|tranquil|en paix|vivre|respirer|dormir|souffler)
(laiss~) {me} [enfin|donc|un peu|svp] (tranquille|trankil|en paix)
la paix (svp|merci|$)
(degag|barrez|tirez vous|allez vous faire|va te faire|allez voir ailleurs|circulez)~ ($|de la|de mon|avec|maintenant)
oubli~ (moi|nous|mon|notre|mes|nos|que j existe|jusqu a mon)
(perd|egar|jet|dechir|brul|detrui|oubli|bloqu)~ (mon|ma|mes|ce|notre|nos|mes) {mine}
# off the list
{drop} {moi} [donc|svp|tout de suite|merci|immediatement|enfin|vite] (de|du|d|des|la|$)
{drop} {moi} [svp|merci|immediatement|tout de suite|maintenant|vite] $
{me} {drop} [svp|definitivement|immediatement|de suite] (de|du|d|des) [cette|votre|vos|la|ta|tes|toutes|tous|l|ce|toutes vos] _ {list}
{drop} [bien|donc|svp|moi|nous|definitivement|immediatement|aussi|tout de suite|toutes|tout] [de|{your}|la|les|l] [{list}] [toutes] {my} [ancien|ancienne|propre|petit] {mine}
{drop} _ {my} {mine} (de|du|d|des) 
{drop} (ce|le|cette|mon|ma|l) {mine} (svp|merci|de vos|de votre|tout de suite|immediatement|$|numtel|des)
{drop} (le|la|les) [moi] (tout de suite|immediatement|de vos|de votre|de la|de suite)
{drop} _ (de|du|d|des) (vos|votre|tes|ta|toutes vos|tous vos) [toutes] {list}
{drop} _ (du|de la|de cette|des|de ce) (fichier|listing|mailing|liste de diffusion|liste d envoi|groupe de diffusion|newsletter)
(suppression|retrait|radiation|effacement|desinscription|desabonnement) _ {my} _ {mine}
(suppression|retrait|radiation|effacement) _ (coordonnees|donnees|adresse|numero) _ {list}
supprim~ _ (donnees|informations|infos|coordonnees) [personnelles] me concernant
(droit|demande|demand) _ (opposition|effacement|oubli|retrait|suppression)
(m|nous|s|me) oppos~ (a|au|aux|formellement|totalement|desormais) [tout|toute|la|l|ce|cet|votre|vos|formellement] (trait|reception|envoi|utilis|sollicit|prospect|demarch|exploit|conserv|que|mail|sms|fait)~
(retir|revoq|annul|repren)~ (mon|notre|le|tout) consentement
(resili|annul|stop|desactiv|supprim|arret|coup)~ _ (inscription|abonnement|reception|notification|notifications|alertes|newsletter|les sms|les mail|sms|adhesion) (a|aux|sms|de|$|svp|merci)
(desinscri|desinsc|desins|desabon|dezabon|dezins|desabo)~ (moi|nous|svp)
^ [comment|merci de|de] [se|me|nous|on|je|j ai] [fait pour se|souhaite|voudrais|veux] [me] (desinscri|desinsc|desins|desabon|dezabon|dezins|desabo)~ $
{me} (desinscri|desinsc|desins|desabon|dezabon)~
(plus|pas) [etre|faire partie|figurer|apparaitre|rester] (dans|sur|de|parmi) (vos|votre|cette|ce|ta|tes) _ {list}
(plus|pas) [souhait~|voul~|etre] (figurer|faire partie|apparaitre|rester|etre inscrit|etre inscrite|etre abonne|etre abonnee|etre) (dans|sur|de|parmi|a|au|d) [vos|votre|cette|ce|ta|tes|la] {list}
(list|liste) (noire|rouge)
remove me
(take|get) me off
opt out
unsubscribe~
stop (sending|texting|contacting|emailing|writing|calling|messaging)
(do not|don t|dont) (contact|text|email|write|call|send)
no more (messages|texts|emails|mail|sms|calls|ads)
leave me alone
not [want to] receive
# threats
(signal|plainte|saisi|saisir|saisis|denonc|contact|report|avert|prevenir|previens|alert)~ _ (cnil|33700|33 700|dgccrf|signal conso|signalconso|bloctel|repression des fraudes|spam|arnaque|phishing|indesirable)
(cnil|33700|dgccrf|signal conso|signalconso) _ (signal|plainte|saisi|saisir|denonc|prevenu|averti)~
^ [et] (33700|cnil|spam|spams|rgpd|bloctel)
(port|depos|deposer) plainte (pour|si|des|au prochain|contre vous) [harcelement|vous|spam|ca|le prochain|demarchage]
(transm|remis|remett|confi|transfer)~ a (mon|notre) avocat
(illegal|interdit|illicite|pas le droit) (de|d) {me} [ecri|envoy|demarch|contact|sollicit]~
(bloctel|bloctell) (depuis|vous|et|donc|merci)
inscri~ (sur|a|au|chez) bloctel
(je|j ai|j|on|vais|deja) [vous|te|t|les] (bloqu|blok|blacklist)~ (vous|votre|ce|le|numero|$|cet|vos|expediteur)
(je|j ai|on|vais|viens de|deja) (vous|te|t|v) [ai|avez|vais] [deja] (bloqu|blok|blacklist|signal)~
^ [je|j ai] (bloqu|blok|blacklist|signal)~ $
^ je bloque
(class|mis|mett|pass|part|tomb|fil|direct)~ [vos|votre|ca|direct|directement|deja] [{mails}] [dans|en|aux|au|comme|les] [mes|les|mon|ma] (spam|spams|indesirables|indesirable|corbeille|poubelle)
(encore|prochain|autre|nouveau) [seul] (message|sms|mail|appel|relance) _ plainte
porte plainte pour harcelement $
derniere fois (que|qu|ke) [je|j ai] (vous|te|vs|le|l)
(vous etes|t es|c est|est) [du|un|des|une|vraiment|juste] (harceleur|harceleurs|harcelement|du harcelement|spammeurs|spammeur|spameur)
(c est|ca s appelle|releve|frise|vire a|tourne au|limite) [du|pour moi du|un|le|vraiment du|carrement du|presque du] (harcelement|spam|spamming|acharnement|persecution)
# do not bother
(inutile|inutil) [donc|vraiment|desormais|alors] (de|d) [plus|{me}] [{me}|vous] (re|{write}|insist~|continu~|perseverer|repet~|revenir|fatiguer)
(inutile|pas la peine|plus la peine|pas necessaire|plus necessaire) [donc|pour vous|vraiment] (de|d) [{me}] [le] (insist|recontact|relanc|recommenc|repet|continu|perseverer|{write})~
(pas la peine|plus la peine|peine perdue|la peine) d (insist|essay|{write})~
(n|pas|ne pas|ne plus) insist~ [pas|plus]
(ne) vous (donnez|fatiguez|embetez|cassez|epuisez) (plus|pas) [la peine|a|la tete]
(pas|plus|jamais) demande (a recevoir|vos|de recevoir|vos pub|ces|d etre|de pub|de sms|de mail)
(jamais|pas) (consenti|autoris|accept|donn|demand|souscri|inscri)~ _ ({mails}|sollicit~|recevoir|demarch~|prospect~|accord|autorisation|consentement|inscri~)
(pas|aucunement|nullement) autoris~ a (utilis|m|me|conserv|garder|exploit)~
mettre a jour (vos fichiers|votre fichier|votre base) _ (ne plus|pas|plus)
(eviter|epargner) _ (prochaines relances|prochains messages|futures relances|autres relances|vos relances|ces relances|d autres|les relances|toute relance)
(en rester la|rester en la|restons en la) !(pour|sur)
"""

# Clear in a short text; in a long one these may be about something else.
LIKELY = """
(ne|n) plus [rien] recevoir
plus [rien] recevoir
(ca|cela) suffit
(basta|ras le bol|marre|raz le bol) (de|des|d|vous|vos|$)
(y en a|j en ai|on en a|en avons|en a) [vraiment|plus que|franchement] (marre|assez|ras le bol|plein)
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
^ (arret|arrett|aret|stopp|arrete)~ [donc|un peu|svp] (de|d|vos|tes|les|avec|ca|tout|$)
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
(cnil|dgccrf|bloctel|signal conso|33700)
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

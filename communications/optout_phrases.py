"""How people say that they want no more messages. Data: see communications/phrases.py."""
# ruff: noqa: E501 - a phrase is a line

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
que _ (recoi|recoiv|recevr)~ (plus|pas|aucun|aucune) (rien|de sms|de mail|de message|de messages|de pub|vos|d|sms|mail|message)
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
# asked of us, in other words
{me} (supprim|effac|radi|blacklist|desins|gomm)~
{me} (retir|enlev|sort|ot|vir|ray|exclu)~ (de|du|des|svp|merci|definitivement|$)
(etre|suis|sois|soit|soyons|voudrais etre|demande a etre) [donc|definitivement|immediatement] (ray|retir|supprim|enlev|effac|desinscri|desins|radi|sorti|ot|desabon|exclu|vire)~ (de|du|des|svp|merci|immediatement|$)
^ [merci de|de|svp] (effac|supprim|enlev|retir|otez|rayez|detrui)~ (le|la|les|l|ca|tout) (svp|merci|immediatement|de|$|tout de suite|vite)
(de|d|merci de) (l|le|la|les) (effacer|supprimer|detruire|retirer|rayer|oublier) (svp|merci|immediatement|de|$|sous)
(pas|jamais|plus|aucun|aucune) _ (droit|autoris|accord|permission|consentement|consenti)~ _ (utilis|m|me|nous|ecri|contact|sms|demarch|numero|adresse|appel|envoy|vendre|num)~
(retir|annul|revoqu|suspend)~ mon accord
(jamais|pas|aucunement) [vous|t] (communiqu|donne|transmis|fourni|laisse|confie)~ [a vous|a personne|mon|mes|ce|cette|mon accord pour]  (numero|adresse|coordonnees|mail|num|tel)
(vous|te|t) (ai|a|avons|avais) [jamais|rien|pas] (rien|jamais) demande
(vous) met~ en demeure
(derniere|ultime) (sommation|mise en demeure|relance de ma part|fois apres|chance)
(derniere fois|prochain|prochaine fois|encore un) __ (plainte|cnil|avocat|signal~|tribunal|bloqu~|33700)
(vais|va|allons|viens de|compte|peux|pourrais) [vous|te|le|tout] (vous|te|signaler|blacklister) [signal~|blacklist~|denonc~|bloqu~]  (signal|blacklist|denonc|bloqu|pour|comme|a)~
(vais|va|allons) [vous|te] (signaler|blacklister|denoncer)
(plus|pas) [jamais] (utilis|gard|conserv|exploit|employ|stock|divulgu|partag)~ [plus] (mon|mes|ma|notre|nos|cette|ce) {mine}
(ne|n) (utilis|gard|conserv|exploit|employ|stock)~ (plus|pas) (mon|mes|ma|notre|nos|cette|ce) {mine}
{me} (laiss)~ [un peu|donc|enfin|unpeu] (tranquille|trankil|en paix|vivre|respirer)
{me} (fich|fout|lach)~ (la paix|la grappe|les baskets)
respect~ (ma|notre|mon) (tranquill|tranquil|vie|repos|choix|refus|volonte|silence|demande)~
^ silence
plus de ~ (ni|et|ou) [de|d] {mails}
(ni|non) [de|d] (vos|votre|tes|ton) ({mails}|newsletter)
(mettre|mettons|met|mettez|metter) [un] (terme|fin) [a|aux] [nos|vos|ces|cette|ce|tout|toute|tous] [les|echange|vos] (echanges|{mails}|relation|correspondance|contact|sollicitation|harcelement|demarche)
(ne|pas|plus) [se] reprodui~ (pas|plus)
{me} epargn~
epargn~ {me}
(bloqu|signal|supprim|ignor|desabonn)~ [,|.|et|!] (bloqu|signal|supprim|ignor|desabonn)~
vous etes [tous|desormais|maintenant|deja] bloqu~
(numero|num|expediteur|contact|adresse) [est|a ete|sont|maintenant|desormais|deja|vient d etre|vous] [maintenant|desormais|deja|a ete|d etre|ete] (bloqu|blok|blacklist)~
(quitt|quit)~ [donc] (votre|la|cette|le|ce|vos) {list}
continu~ (de|a|d) {me} {write}
(aucun|aucune|pas d|plus d|d) (autre|nouveau|nouvelle|autres) (message|relance|sms|mail|envoi|messages|relances|sollicitation|sollicitations) [de|svp|merci]
(dit|envoye|repondu|ecrit|tape|mis|dis|di|dire|repete|repond|redis) [deja|vous|#|nieme|fois] stop !(a|au|aux|pour|le|la|les|et encore)
(allez|bon|ok|non|svp|merci|maintenant|alors|donc|voila|hop|j ai dit) [,|.|!|je dis] stop (,|.|!|$|maintenant|merci|c est)
stop (a|aux|avec|les|vos|tes|ces) [la|le|les|vos|tes] {mails}
comment [on|je|puis je|faire|faut il|se|fait|peut on|peut] [pour|faire|on|se|me] [se|me|nous|m] [pour] (desins|desinscr|desabo)~
(exerc|use|fai|fais|faire|appliqu)~ [usage|de|donc] [de] (mon|notre|mes|nos) (droit|droits)
(demande|droit|objet) (rgpd|d effacement|de retrait|d opposition|a l oubli|d acces)
(origine|provenance) _ (donnees|coordonnees|adresse|numero)
(rgpd) (article|art) #
article (17|21)
(messages|sms|mail|envois|courriers|pub|relances|appels) (non sollicit|non desir|indesir|intempesti)~
(lis|lit|lirai|ouvre|regarde) (pas|jamais|plus|meme pas) (vos|tes) {mails}
(liste|numero|num) (rouge|confidentiel|prive)
lien _ (desinscri|desabon)~
^ (resilier|resiliation|supprimer|supprimez|effacer|effacez|radier|bloquer|refus|refuse|opposition|indesirable|indesirables|retirer|exit|out|enough|cancel all) $
(allez au diable|va te faire|allez vous faire|ta gueule|vos gueules|fermez la|ferme la|casse toi|cassez vous|tire toi|barre toi|dehors|ftg|tg)
(envoyez|envoye|ecrivez|ecris|adressez|envoyer|ecrire) plus rien
(restons|reston|en rester|on en reste) _ (la definitivement|definitivement)
(aucun|aucune|nul|zero) (souvenir|trace) _ (donne|communique|inscri|autoris|abonn)~
(ajout|inscri|mett|met|rajout)~ (plus|pas) (a|dans|sur|aux) (tes|vos|votre|ta) {list}
[merci de|svp] desactiv~ (les|vos|toutes les|ces|mes) [notification|notifications|alertes|sms|mail|messages|envois]
(laisse|laissez|laisser|fichez|foutez) (moi|nous) (,|.|!|$)
(mettez|mets|mettre|met|classez|passez|jetez) (moi|nous) (a la|dans les|en|aux|dans la) (corbeille|poubelle|spam|spams|indesirables|liste noire)
(me|m|nous) suis (deja) (desins|desinscr|desabo|oppos)~
(pas|plus) recevoir [de|d|vos|tes|ces] [vos|tes|ces] (votre|ta|la|le|l|votre) (newsletter|pub|mail|lettre|prospection|demarchage|moindre|sms)
(effacement|suppression|retrait|destruction) _ (de|a) [toutes] (mes|mon|nos|notre) (informations|infos|donnees|coordonnees|numero|adresse|contact|nom|mail)
opposition (a|au) [tout|toute] [traitement|utilisation|prospection|demarchage|la|l] (traitement|utilisation|prospection|demarchage|reception|exploitation|envoi|fins|de mes|commerciales)
# leave me alone
(lach|lech)~ ({moi}|[un peu] les baskets|la grappe|l affaire|moi la|moi les|nous la|nous les|unpeu)
(fich|fout|fous|foot)~ [{moi}|{me}|moi donc|nous donc] la paix
(fich|fout|fous|barr|cass)~ (le camp|vous|toi)
(laiss|lese)~ {me} (tranquille|trankil|tranquil|en paix|vivre|respirer|dormir|souffler)
(laiss~) {me} [enfin|donc|un peu|svp] (tranquille|trankil|en paix)
la paix (svp|merci|$)
(degag|barrez|tirez vous|allez vous faire|va te faire|allez voir ailleurs|circulez)~ ($|de la|de mon|avec|maintenant)
(oubliez|oublie|oublier|oublies) (moi|nous|que j existe|jusqu a mon)
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
(inutile|pas la peine|plus la peine|pas necessaire|plus necessaire|pas besoin|plus besoin) [donc|pour vous|vraiment] (de|d) [{me}] [le] (insist|recontact|relanc|recommenc|repet|continu|perseverer|{write})~
(pas la peine|plus la peine|peine perdue|la peine) d (insist|essay|{write})~
(n|pas|ne pas|ne plus) insist~ [pas|plus]
(ne|n) vous (donnez|fatiguez|epuisez) (plus|pas)
(ne) vous embetez (plus|pas a m|pas a me)
(pas|plus|jamais) demande (a recevoir|vos|de recevoir|vos pub|ces|d etre|de pub|de sms|de mail)
(jamais|pas) (consenti|autoris|accept|donn|demand|souscri|inscri)~ _ ({mails}|sollicit~|recevoir|demarch~|prospect~|accord|autorisation|consentement|inscri~)
(pas|aucunement|nullement) autoris~ a (utilis|m|me|conserv|garder|exploit)~
mettre a jour (vos fichiers|votre fichier|votre base) _ (ne plus|pas|plus)
(eviter|epargner) _ (prochaines relances|prochains messages|futures relances|autres relances|vos relances|ces relances|d autres|les relances|toute relance)
(en rester la|rester en la|restons en la) !(pour|sur)
"""

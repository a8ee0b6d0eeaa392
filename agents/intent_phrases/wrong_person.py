"""`wrong_person`: not who was meant, or not in charge."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
(jamais|pas) eu (de reponse|de nouvelles|le devis|votre devis)
si je [ne] me trompe [pas]
pas [tout a fait] sur
(je|on) [me] suis trompe [de] (numero|destinataire|date|jour|heure|ligne)
(vous|tu) (etes|es) (trompe|trompes) (de|d|dans|sur) [un|le|la|les|mon|votre] (zero|virgule|prix|montant|calcul|date|jour|surface|metrage|devis|facture)
"""

SURE = """
(voyez|voyez ca|vois|vois ca) (avec|directement avec) ~ $
(passe|passons) la main a (mon|ma|un|une|notre)
(mauvais|faux|mauvaise|fausse) (numero|num|destinataire|personne|interlocuteur|interlocutrice|adresse|mail|contact|porte|mari|tel|boite)
pas (le|la|du|au) (bon|bonne) [numero|num|destinataire|personne|interlocuteur|interlocutrice|adresse|mail|contact|dupont|famille|tel]
(plus|pas) le numero de
(erreur|erreurs|tromp|confus|confond|meprise|trompe|trompez|malentendu)~ [de|sur|d|avec|du|la] [le] (numero|num|destinataire|personne|interlocuteur|tel|adresse|identite|nom|correspondant|client|cliente|dossier|homonyme|quelqu un|maison|voisin)
(vous|tu|vs|t|te) (vous|te|t|vs) [etes|es|avez|devez|as] [peut etre|surement|sans doute|bien|completement] tromp~ !(pas)
(vous|vs|tu|t|on|devez|dois|doit|faites|fait|fais|avez|avoir) _ (faire|fait|faites|fais) [une|de l|une petite|surement] (erreur|confusion|fausse route) !(dans|sur)
(vous|tu|devez|dois) _ confond~
[y avoir|y a] [une] (confusion|erreur) (avec|sur|de)
par erreur [$]
(tomb|arriv|parvenu|atterri|adress|envoy|recu|destine|concerne)~ [chez|a|au|sur|bien|moi|ici] [par] (par erreur|la mauvaise|mauvais)
homonyme
(etes|es|est) [vraiment|bien] (sur|sure|certain) _ (destinataire|numero|bonne personne)
[ce|le|votre] (message|mail|sms|courrier) (n est|n etait|n est surement|est|etait) pas (pour|destine) [a] (moi|nous)
pas [pour|a] moi (que|qui|ki) [ca|vous|il faut|s adresse|l|le|la|gere|voi|decide|ai|m]
(c est|est|suis|c etait) pas (moi|nous|lui) (qui|que|l|le|la|ki)
(c est|est|c etait) pas (pour|a) moi
(c est|c etait) [plutot|surement] (mon|ma|le|la|notre|l|mes|monsieur|madame) [(beau|belle|ex|grand|vice)] {kin} _ (qui|que|ki|k)
(c est|est|sont) [plutot|maintenant|desormais] (lui|elle|eux|elles|sonia|mon collegue) qui (gere|decide|s occupe|voit|vous|s en|tranche|signe|suit|commande|choisit|pilote|a demande|paye|paie)
(c est|est) [plutot|maintenant|desormais] [monsieur|madame|m] ~ ~ qui (gere|decide|s occupe|tranche|pilote|est en charge|suit)
c est (le|la|l|les|monsieur|madame|m|mon|ma) _ (qui|ki) (gere|s occupe|soccupe|s en occupe|decide|voit|suit|tranche|pilote|est en charge|prend|choisit)
(s occupe|s en occupe|gere|decide) [pas|plus] [de|du] [ca|chauffage] (nous|moi)
(ne|n|m|j|je|nous|on|m en) (gere|gerons|m occupe|occupe|occupons|decide|m en occupe|en occupe|suis|traite|traitons) (pas|plus) [du tout] [moi] (de ca|ca|cela|les|des|ce|cette|le|la|du|de|en charge|decisionnaire|concerne|concernee|le gerant|habilit~|responsable)
(ne m|m|n m|ne me) [en] (occup|charg)~ (pas|plus|que|pas du tout)
(ne|n) (suis|sommes) (pas|plus|nullement|aucunement) [moi|du tout] (le|la|l|les|un|une|celui|celle|concern|monsieur|madame|m|mlle|habilit|decisionn|decideur|en charge|responsable|proprietaire|proprio|client|cliente|gerant|gerante|dirigeant|de la|chez|dans|salari|employ|en poste|artisan|locataire|restaurant|plombier|avocat|electricien)~
je suis pas (le|la|l|les|celui|celle|concern|monsieur|madame|mr|mme|m|habilit|decisionn|decideur|en charge|responsable|proprietaire|proprio|gerant|gerante|dirigeant|votre client|la bonne)~
(aucun|pas) [de] pouvoir [de decision|de decider|la dessus|sur]
(pas|rien|peux|peu|peut|pas moi) _ (rien decider|decider|pouvoir de decision|decide rien|decisionnaire|decisionnaires)
suis [que|juste|seulement|simplement|simple|qu|qu un|moi|ici] [le|la|un|une|l|simple|qu|que] (stagiaire|salarie|salariee|employe|employee|apprenti|apprentie|secretaire|assistant|assistante|vendeur|vendeuse|standardiste|remplacant|remplacante|interimaire|nounou|alternant|alternante|concierge|gardien|gardienne|serveur|serveuse|baby sitter|receptionniste|caissier|caissiere|femme de menage|hotesse)
(suis|suis que|sommes) [que|juste|seulement|simplement] [le|la|l|qu|un|une] (locataire|locataires|fils|fille|mandataire|voisin|voisine|neveu|niece)
(connais|connait|connaissons|connaitre) (pas|personne|aucun|aucune) [de|d|ce|cette|votre|du nom] ~
^ (connais|connait) pas
(pas|personne|aucun|aucune|plus) [de|du] [nom|{name}|client] [de] ~ (ici|chez nous|a ce numero|a cette adresse|a ce nom|dans la maison|dans l entreprise|au bureau)
(pas|personne|aucun|aucune|plus) de {name} ~ [$]
(travaill|exerc|boss|figur|habit|loge|resid|interven|intervient|officie)~ (plus|pas) [du tout|depuis un an] (ici|chez|dans|parmi|a cette|pour|au|avec|la|en ces)
(travaille|exerce|habite|fait|est) plus (partie|ici|chez nous|parmi nous|en poste|en fonction|dans l entreprise|dans la societe|dans nos|dans la boite|des notres|a ce poste|de l equipe|la depuis)
(est|suis|sommes) (plus|pas) (ici|chez nous|parmi nous|dans l entreprise|dans la societe|dans la boite|de la maison)
(fait|fais|font) (plus|pas) (partie|parti)
(il|elle|on) habite plus
(a|ai|ont|avez) [maintenant|recemment|definitivement] (quitte|quit) (l|la|le|nos|notre|ses|cet|cette|mes|son|mon|cette) (entreprise|societe|salon|equipe|cabinet|poste|fonctions|effectifs|etablissement|boite|structure|groupe|etude|agence|maison|service|institut|association|fonction|organisation|garage|commune|collectivite)
(ne fait|fais|fait|font) plus partie
(pris|prend|part|parti|partie|valoir|ses droits) [a] [sa|la|en|ma|ses droits a la] retraite
[est] (a|en) (la retraite) [depuis]
(est|etait) (decede|decedee|mort|morte|parti pour de bon|enterre)
decede
(ai|a|avons|ont) [deja|depuis] (vendu|cede|revendu) [le|la|mon|ma|notre|l|son|mes|tout|les] (salon|cabinet|boutique|commerce|maison|entreprise|affaire|restaurant|garage|institut|societe|appartement|fonds|bien|hotel|parts|boite|magasin|bar)
(nouveau|nouvelle|ancien|ancienne|nouveaux|anciens|l ex|precedent|precedente) (patron|patronne|gerant|gerante|proprietaire|proprio|proprietaires|titulaire|locataire|occupant|detenteur|abonne|responsable|directeur|directrice)
(nouveau numero|change de numero|numero pro) _ (ici|maintenant|de)
(numero|num|portable|telephone|ligne) _ (attribue|recupere|appartient|reattribue|appartenait|depuis|celui d un|celui d une|a ete change)
(voyez|voir|vois|adressez|adresser|contactez|contacter|demandez|demander|tournez|tourner|rapprocher|rapprochez|appelez|ecrivez|ecrire|dirigez|orient~|parlez|parlez en|joindre|passer) [donc|plutot|directement|vous|a|ca|cela|en] [vous|directement|plutot|par] (avec|a|au|aux|vers|de|du|par|mon|ma|directement) [mon|ma|le|la|notre|l|eux|elle|lui|votre|son|nos] [service|(beau|belle|ex)] ({kin}|conseil|informatique|achats|eux|lui|elle|juridique|technique|comptabilite|proprios|general|collegues|commercial|{name}|courriel)
(transm|transf|fai suiv|fais suiv|faire suiv|pass|relai|redirig)~ [donc] [votre|ce|cette|le|la|ca|l|vous] [mail|message|demande|devis|info|proposition|dossier|courrier] [directement] (a|au|vers|aux) [mon|ma|le|la|notre|l|qui|nos] ({kin}|personne|qui de droit|monsieur|madame|bon|m|service|gestionnaire)
(pas|plus|hors) [du tout] (de mon|mon|de mes|de notre|mes|notre) (ressort|domaine|service|rayon|competences|competence|role|perimetre|secteur|affaire|attributions|fonctions|metier)
(releve|depend|ressort) (de la|du|de l|des) (direction|service|siege|syndic|proprietaire|proprio|bailleur|mairie|groupe|conseil|comptabilite)
(n ai|ai|j ai) (pas|plus) la main
(n ai|ai|j ai|nous n avons|avons|a|as) (jamais|rien|pas) (demande|fait|ete|eu|commande|pris|sollicite|rempli|contacte|depose|ete en) [a personne|de|un|une|chez|rdv|d|chez vous] [a personne|devis|demande|rdv|litige|dossier|client|contact|formulaire|personne|rien|de devis|de demande|affaire|chez vous|renseignements]
(rien a voir|plus rien a voir|aucun rapport|rien avoir) [la dedans|avec ca|avec|dans]
(ici|vous etes|etes tombe|tombe|etes|sonnez) [c est] [bien] (chez|sur|la|a) [un|une|le|la|l] (particulier|mairie|ecole|autre|standard|boulangerie|crous|poste|mauvais)
^ ici (c est|c|le|la) (la|le|une|un|l|standard|mairie|secretariat|accueil|plus)
(c est|est) (le|un|celui|celle) [tel|numero|num] de (mon|ma) (fils|fille|mere|pere|femme|mari|frere|soeur)
(moi|euh|je) (c est|m appelle|suis) ~ [pas|et non] [,] [j ai|et|je|pas] (ce numero|pas|ne suis)
(c est|c|est) (qui|ki) (ce|cette|{name}|~ moi|martine|sandrine|celui)
qui est (ce|cette|{name}) ~ ?
(numero|adresse|boite|mail) _ (plus consultee|plus active|plus utilise|plus valide|fermee|desactivee|sera supprimee)
(liquidation|mandataire judiciaire|entreprise n existe plus|societe n existe plus|cesse son activite|cesse toute activite|a ferme definitivement)
(a la|mis sous|sous) (place de mon|place de ma|tutelle|curatelle)
(plus|pas) (le gerant|la gerante|gerant|gerante|responsable de|proprietaire|proprio|aux commandes)
pas (proprio|proprietaire|proprietaires|decisionnaire|concerne|concernee|concernes|en charge|decideur)
(suis|suis que|est|suis juste) locataire
(ne|n) (me|nous) concern~ (pas|plus|en rien|nullement)
(me|nous) (concerne|concernent) pas
(m avez|nous avez|me prenez|me prends|prenez moi) _ (pris pour|confondu|pour un|pour une|pour quelqu un|pour mon|pour ma)
(a change de (poste|service|societe|employeur)|a ete mute|a ete mutee|a ete remplace|a ete remplacee|a demenage) [par|depuis|a|en|$]
(est parti|est partie) (depuis|de l entreprise|de la societe|vivre|travailler|chez un|a la retraite|en retraite)
pas chez (moi|nous) (que|qu)
(etes|est) [vous] (trompe|trompes|trompee)
"""

LIKELY = """
(faut|faudrait|vaut mieux|mieux vaut|il faut|va falloir|devez|dois|devriez) [donc|plutot|mieux] (voir|demander|contacter|appeler|en parler|parler|joindre|s adresser|passer par|ecrire|vous adresser|vous rapprocher) [ca|a|au|avec|de|directement|aux|par] [avec|mon|ma|le|la|l|les|mes|notre|son|sa|directement] [service|ex] ({kin}|parents|monsieur|madame|personne)
(jamais|pas) (fait|demande|entendu parler|pris contact|contacte|rempli|sollicite) [de|avec|vous|votre] (devis|demande|vous|formulaire|entreprise|rdv)
(mon|ma) (mari|femme|associe|associee|patron|collegue|frere|soeur|chef) (qui|ki)
(je|j) (n habite|habite|suis|vis|reside) [pas|a|dans|plus] [a|dans|en] (lille|belgique|etranger|suisse|pas la bas|autre ville|autre region)
"""

WEAK = """
^ (qui|ki) (ca|donc) $
^ erreur $
moi c est ~
je suis (prof|retraite de|medecin|enseignant|infirmiere|etudiant)
~ pas moi
"""

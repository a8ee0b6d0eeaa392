"""`out_of_office`: an automatic answer of absence. Somebody who writes themselves that they are away postpones."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
accuse de reception
"""

SURE = """
(reponse|message|msg|mail|rep|repondeur|notification|sms) [d absence|genere] (auto|automatique|d absence|automatise|d indisponibilite)
^ (auto|automatique) (.|,)
, auto ,
(message|reponse|mail) _ (automatiquement|automatique|d absence)
out of [the] office
(automatic reply|auto reply|autoreply|automatische antwort|abwesenheit~|on annual leave|on leave until|on vacation|away from|currently away|limited access|risposta automatica|respuesta automatica|will be back|abwesend)
^ (absent|absente|absents|conges|conge|fermeture|indisponible) [e|s] [du|de|jusqu|pour|le|,|pendant|depuis|jusque|aujourd hui|ce|d ete|annuels|annuelle|exceptionnelle] (bureau|date|au|jusqu|le|du|jour|semaine|la boutique|#|conges|cabinet)
(en|pendant|durant) (mon|notre|son) absence
(absence|absent|absente|absents|conge|conges|vacances|deplacement|formation|ferme|fermes|fermee|indisponible|indisponibles|fermeture|arret|parental|maternite|paternite|maladie) __ (de retour|retour|jusqu au|jusqu a|jusque|jusqu en|au date|inclus|reouverture|reprise|repondr~|rouvr~)
(absent|absente|conges|conge|ferme|fermee|fermes|fermeture|fermera|indisponible|deplacement) [annuels|annuelle|d ete|exceptionnellement|pour conges annuels|de noel|pour conges|estivale|hivernale|de fin d annee] (du|le|de|pour|depuis) [lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|vacances|conges|mon|le|la|ma] (date|#|1er|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|conges|inventaire|travaux|poste|bureau|{month})
(suis|sommes|est|serai|serons|sera|seront) [actuellement|en ce moment|exceptionnellement|momentanement|temporairement|egalement] (absent|absente|absents|en conge|en conges|en deplacement|en formation|indisponible|indisponibles|en arret|en seminaire|en conference|en mission|en audience|ferme|fermes|fermee|injoignable|en tournage|hors du bureau|en dehors du bureau) [maternite|paternite|parental|maladie|annuel|annuels|du bureau|pour] [jusqu|du|et|pour|le|,|ce|cette|toute|avec|depuis|maternite|paternite|parental|maladie]
(conge|conges) (maternite|paternite|parental|maladie|annuels|d adoption|sabbatique)
(arret) (maladie|de travail|jusqu|pour une duree)
actuellement (en|absent|absente|ferme|fermes|indisponible|indisponibles|hors|a l etranger|injoignable|dans l impossibilite)
(ne|n) [pas] (consult|li|lir|lis|relev|regard|trait|ai acces|aurai acces|suis pas joignable|aurai)~ [pas|plus|que|mes|ma|rarement] [mes|ma|les|acces|a|que|pas|de] (mail|messagerie|messages|telephone|whatsapp|acces|boite|sms)
consult~ [pas|que|mes|ma|regulierement] [mes|ma|que] (mail|messagerie|messages) (que|qu|le soir|par intermittence|pas|ponctuellement|une fois|en fin)
acces [tres] (limite|restreint|ponctuel|reduit|difficile|intermittent) [a|aux] [mes|ma|la|mon]
[n ai|n aurai|ai|pas] acces a (mes|ma) (mail|messagerie|messages) (qu|que)
(messages|message|mail) _ (ne seront|ne sera|n est|ne sont) pas (releve|lu|traite|transfere|relu|consulte)~
(votre|vos) (message|messages|mail|demande|demandes) (sera|seront|lui sont|lui seront|est) [bien|tous] (lu|lus|traite|traites|transfere|traitee|traitees|transmis|pris en compte|adresses|prise) [automatiquement|a|des|lundi|mardi|mercredi|jeudi|vendredi|au|le|a partir]
(repond|traiter|reviendr|revien|recontacter|lir|trait)~ [a|a votre|a toutes|vous|votre|vos|a vos|aux] [votre|toutes|vos|message|messages|demandes|vos demandes|demande] [message|de rdv|vers vous] (a|des|apres|lors de|au) (mon|notre|le|que|retour|reouverture) [retour|possible|reouverture|plus vite|plus tot|rentree]
(de|mon|notre|son) retour (le|au|lundi|mardi|mercredi|jeudi|vendredi|prevu|date|dans) _
(en cas d|pour toute|pour les|pour tout) (urgent|urgence|urgences|demande urgente|question urgente|probleme urgent) [,|vous] [vous|pouvez|merci|contactez|veuillez|adressez|composez|joindre|appelez|le|ecrivez]
(urgent|urgences) [sont|est] (voir|assure|assurees|adressez|contactez|contacter|appeler|appelez|composez|joignable)~
(cabinet|salon|boutique|magasin|atelier|societe|etude|agence|institut|bureau|bureaux|entreprise|equipe|nos|notre|restaurant) _ (ferme|fermes|fermee|fermera|rouvr~|rouvre|fermes|prend ses quartiers|en vacances|en conges|reouvr~|fermeture)
fermeture (annuelle|exceptionnelle|estivale|hivernale|pour conges|du cabinet|de l|du salon|hebdo)
(je|nous|on) [vous|te|t] (repond|recontact|rappell|repondr|rappeler|recontacter)~ (des|aussitot|plus tard|apres|ulterieurement|au plus vite) [que] [possible|mon retour|plus tard]  $
(actuellement je conduis|auto . je conduis|en conduite|au volant|suis en rdv|suis en reunion|suis en ligne|peux pas repondre|ne peux repondre|mode ne pas deranger)
(bienvenue|merci [de|d|pour]) _ (contacte|message|appel|mail) __ (indisponible|indisponibles|pas disponible|dispo|ferme|fermes|repondr~|absent~|horaires|traiterons|retour vers vous)
(ne travaille|travaille) pas le (lundi|mardi|mercredi|jeudi|vendredi)
(rempla|interlocuteur|suppl|relais|interim)~ _ (mon absence|sont|pendant|est)
(suis) rempla~ par
(temps partiel|mi temps) _ (reponse|repond|jours|delai)
rouvre [le|lundi|ses portes|date] [#|date]
(retour|reprise) (le|lundi|mardi|mercredi|jeudi|vendredi) [#|date] [.|{month}] $
"""

LIKELY = """
(parti|partie) (a la peche|en vacances|en voyage|en conges) [jusqu|du|et]
(jusqu au|jusqu a nouvel ordre) [date|#|lundi] [inclus]
pas de reseau
(prend|prends|prendra) le relais
"""

WEAK = """
(absent|absente|conges)
(indisponible|indisponibles)
"""

# They write themselves: it is no machine.
BY_HAND = """
(on|je) [vous|te|en|t|se] (voit|verra|verrons|vois|reparle|reparlera|rappelle|recontacte|redis|refais|reviens|revient|refait) [ca|cela|a|des|quand|apres|signe|au|lundi|mardi|mercredi|jeudi|vendredi|vers vous]
(recontact|rappel|relanc|reven)~ [moi|nous|vers]
(la|dsl|desole) $
"""

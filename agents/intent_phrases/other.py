"""`other`: a mere thank-you, a number, a wish, what a machine says that is no absence."""
# ruff: noqa: E501 - a phrase is a line

NOT_MEANT = """
"""

SURE = """
accuse [de] reception
(demande|message|commande|inscription) [a|a bien|bien] (ete|est) [bien] (enregistre|enregistree|prise en compte|recu|recue) __ (numero|sous|dossier|reference|conseiller|ticket)
(code de verification|code de validation|code est|votre code|mot de passe)
(bien|bonne|meilleurs|joyeux|joyeuse|bon|heureuse) (recu votre message merci|annee|voeux|anniversaire|noel|fete|fetes|paques|fin d annee|appetit)
(merci|bravo) _ (pour tout|pour votre travail|pour votre reactivite|de votre reactivite|de votre passage|et bonne|pour votre professionnalisme|pour votre intervention|pour votre gentillesse|encore|beaucoup)
"""

LIKELY = """
^ [ok|bonjour|c est|tres bien|parfait|d accord|super|top] [,|.|!] (merci|bien recu|bien note|note|recu|c est note|re|bisous|bises|de rien|entendu|pas de quoi|bonne journee|bonne soiree|bonjour|bonsoir|salut|bon courage|a bientot) [beaucoup|bien|a vous|pour tout|pour votre reponse|et|pour l info|pour le retour|pour votre message|pour votre retour|infiniment|a toi|d avance|bonne|,|.|!] [bonne] [journee|soiree|continuation|a vous|merci] $
ok (merci|bien recu|c est note|note|bonne)
(mdr|lol|haha|ptdr|hihi) $
"""

WEAK = """
(merci|bonne journee|bonne soiree|bien recu)
"""

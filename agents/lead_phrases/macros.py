"""Parts of phrases."""

NUMBER = r"(?:\d+|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|quelques|plusieurs)"
DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
MONTH = r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)"
SEASON = r"(?:printemps|ete|automne|hiver|rentree)"
TRADE = (
    r"(?:artisan|prestataire|entreprise|societe|cabinet|confrere|avocat|plombier|electricien|couvreur|paysagiste|coach|"
    r"comptable|agence|fournisseur|solution|professionnel|pro|personne|logiciel|outil|concurrent|collegue|devis)s?"
)
KIN = (
    r"(?:mon|ma|mes|notre|nos|la|le|les|l) ?(?:mari|femme|epouse|epoux|conjointe?|compagn\w+|ami|copine|copain|"
    r"associee?s?|patronn?e?|chef|boss|direct\w+|directions?|comptable|banqu\w+|proprio|proprietaire|syndic|conseil|"
    r"comite|codir|famille|pere|mere|parents|enfants|fils|fille|frere|soeur|dsi|daf|drh|dg|gerant\w*|equipe|siege|"
    r"hierarchie|copropriet\w+|assemblee|ag|assurance|mairie|assoc\w+|collegues?)"
)

"""Who is no customer: sellers, job seekers, students, the press."""

from collections.abc import Mapping

from agents.lead_marks import Mark

SAYS: Mapping[Mark, tuple[str, ...]] = {
    Mark.SELLER: (
        r"je (?:represente|travaille pour|suis (?:commercial\w*|charge d affaires|representant\w*|directeur "
        r"commercial|apporteur))",
        r"organisme de formation|qualiopi|espaces? publicitaires?|regie publicitaire|annuaire",
        r"nos (?:espaces|offres|formations|experts|machines|vehicules|materiels?|references|clients)\b",
        r"vos (?:salaries|clients|employes|collaborateurs|factures|charges|contrats|chantiers|vehicules|prospects|"
        r"patients|equipes)\b",
        r"votre (?:flotte|activite|metier|profession|visibilite|image|marque|notoriete|clientele|fiche|page)\b",
        r"vous parler de (?:nos|notre|mes)|sans engagement|offert\w* (?:pour|aux|a) (?:les|nos|toute)|etude gratuite",
        r"audit gratuit|-?\d+ ?% (?:de remise|sur)|(?:nous|je|on) (?:vous )?aid(?:e|ons) (?:les|des|a|vos)\b",
        r"obtenir (?:plus|davantage) d",
        r"je (?:vous|me permets de vous) contacte\w* (?:car|afin|pour) (?:vous (?:presenter|proposer|faire)|nous|"
        r"j ai (?:vu|remarque|analyse))",
        r"(?:ouverte?|partante?|interesse) a (?:un|en) (?:echange|discuter|parler)",
        r"(?:souhait|voudr|aimer|permet)\w+ (?:de )?vous (?:presenter|proposer|faire decouvrir|parler de)",
        r"(?:commercial|business develop|sales|account)\w* chez",
        r"specialis(?:e|es|ee|ees|ons) (?:dans|en) (?:la|le|l|les) (?:creation|vente|generation|fourniture|"
        r"distribution|digital|marketing)",
        r"(?:nous|je) (?:vous )?(?:propos(?:e|ons)|fourni(?:s|ssons)|commercialis\w+|accompagn(?:e|ons)) "
        r".{0,60}(?:entreprises|professionnels|artisans|pme|tpe|avocats|cabinets|coachs|clients|leads|prospects|"
        r"visibilite|site)",
        r"(?:vous|votre) apporter .{0,20}(?:clients|prospects|leads|chantiers|contacts|affaires|mandats|visibilite)",
        r"(?:vos|votre) (?:concurrents|visibilite|referencement|e reputation|chiffre d affaires|presence en ligne)",
        r"(?:premiere|1ere|1re) (?:page|position|place).{0,20}(?:google|recherche|sur)?|\bseo\b|\breferencement\b",
        r"fiche google|google (?:my business|ads|maps)|avis (?:negatifs|google|clients) |backlinks?",
        r"(?:generer|generation|obtenir|doubler|augmenter|booster|boostez|doublez|multiplie\w*) .{0,25}(?:leads|"
        r"clients|prospects|ventes|chiffre|trafic|visibilite|rendez vous|ca)\b",
        r"(?:clients|chantiers|leads|prospects|mandats|contacts) (?:qualifies|supplementaires|par (?:mois|semaine))",
        r"tarif (?:de lancement|preferentiel|partenaire)|offre (?:speciale|exceptionnelle|de lancement|promotionnelle)",
        r"notre (?:solution|logiciel|plateforme|agence|catalogue|gamme|offre|application|outil|service|expertise|"
        r"societe)",
        r"nos (?:solutions|services|produits|prestations|tarifs|commerciaux|partenaires|panneaux)|\bpartenariat\b",
        r"refonte de votre site|votre site (?:internet |web )?(?:n |ne |est |manque|pourrait|merite|a )",
        r"(?:grossiste|fabricant|importateur|distributeur|fournisseur) (?:de|en|francais|et)",
        r"(?<!contrat de )\bsous traitan\w+|(?:decouvrez|profitez|beneficie[rz]) ",
        r"vous faire (?:gagner|economiser|decouvrir)|apporteur d affaires",
        r"(?:presenter|demo de|parler de) (?:notre|nos|ma|mes) ",
        r"(?:baisse|reduire|optimiser) (?:vos|votre) (?:\w+ )?(?:factures?|charges|couts)|mise en relation",
        r"achat de (?:mandats|leads|fichiers?)|\bfichiers? (?:de )?(?:contacts|clients|prospects|b2b)",
    ),
    Mark.JOB: (
        r"cherche (?:du|de l) (?:travail|boulot|emploi)|en recherche (?:d emploi|active)",
        r"recherche\w*(?: t il| vous| elle)? (?:un |une |des |d )?(?:collaborat|salarie|ouvrier|apprenti|"
        r"commercial|assistant|secretaire|alternant|stagiaire)\w*",
        r"\d+ ans d experience|annees d experience|opportunite (?:d emploi|professionnelle)|vos offres d emploi",
        r"par interim|\bcandidature|\bcv\b|curriculum|postuler?\b|lettre de motivation|mon profil\b",
        r"(?:recherche|cherche|trouver) (?:actuellement |activement )?(?:un |une |mon |d un |d une )?(?:poste|"
        r"emploi|stage|alternance|apprentissage|job|travail|boulot|patron|maitre d)",
        r"(?:vous|tu) (?:recrut|embauch|cherchez (?:du monde|quelqu un|un apprenti))",
        r"(?:contrat|poste) (?:d apprentissage|en alternance)|offre d emploi",
        r"titulaire d un (?:bep|cap|bac|bts|diplome|dut|bp)\b",
        r"stage (?:de|d) (?:3e|troisieme|observation|decouverte|fin|seconde|\d)|convention de stage",
        r"(?:vos|votre) equipes? (?:recrut|embauch)|rejoindre (?:votre|vos)",
    ),
    Mark.STUDY: (
        r"\b(?:ma|notre|une|la) classe\b|(?:mes|nos) eleves|mes etudiants",
        r"(?:doctorante?s?|etudiante?s?|lyceen\w*|eleve|en (?:licence|master|bts|bac pro|"
        r"these))\b.{0,120}\b(?:entretien|enquete|questions?|memoire|stage|projet|interview|praticiens|temoign\w*|"
        r"these|apprentissage|alternance)\b",
        r"\bthese\b.{0,40}\b(?:sur|en)\b|(?:mon|un|ce|notre|redige\w*) (?:memoire|expose|tfe)\b",
        r"\bmemoire (?:de|sur|en)\b|\bma these\b",
        r"pour (?:mes|mon) (?:etudes|ecole|cours|memoire|bts|master|projet d etude)",
        r"dans le cadre de (?:mes|mon|ma|nos|notre) (?:etudes|formation|bts|licence|master|memoire|bachelor|"
        r"projet|cours|recherche)",
        r"(?:etudiante?s?) (?:en|a|au|de)\b.{0,80}(?:questionnaire|memoire|enquete|interview|sondage|projet|"
        r"entretien|expose)",
        r"(?:repondre|reponses?) a (?:mon|notre|mes|un|ce|quelques) (?:questionnaire|questions pour|enquete|sondage)",
        r"projet (?:scolaire|etudiant|tutore|de classe|de fin d etudes)|etude de marche pour (?:mes|l ecole)",
        r"expose (?:en|pour|de) (?:classe|cours)",
    ),
    Mark.PRESS: (
        r"\bjournaliste|\binterview\w*|\breportage|\bpodcast|a l antenne",
        r"(?:un|mon|notre) (?:article|sujet|documentaire) (?:sur|pour)|\btemoign(?:er|age) (?:a|dans|pour|face)\b",
        r"\bemission\b.{0,30}(?:tele|radio)",
    ),
}

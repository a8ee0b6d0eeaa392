"""Groups of words that phrases name: `{me}`, `{mails}` … Data: see communications/phrases.py."""
# ruff: noqa: E501 - a group is a line

MACROS = {
    "me": "(me|m|nous|moi)",
    "moi": "(moi|nous)",
    "my": "(mon|ma|mes|notre|nos|ce|cette|le mien)",
    "your": "(vos|votre|tes|ton|ta|vot|leurs)",
    "write": "(contact|recontact|relanc|sollicit|resollicit|derang|embet|emmerd|enquiquin|importun|harcel|ecri|reecri|appel|rappel|"
    "telephon|demarch|envoy|renvoy|adress|spam|bombard|joindr|joign|texto|saoul|soul|prospect|poursui|courir|ennuy|agac|manifest|perturb|reveill|persecut|traqu|tann|oppress|suivre)~",
    "mails": "(sms|message|messages|mail|pub|newsletter|offres|sollicitations|relance|relances|envois|communication|communications|"
    "demarchage|appel|appels|spam|spams|notification|notifications|invitations|propositions|infos|informations|actualites|promotions|bons plans|contact|vocaux|campagne|campagnes|prospection|actus|salades|sequence|publipostage|conneries|betises|blabla|bla bla|invitation|reclamations|proposition commerciale|lettre|lettres|trucs)",
    "drop": "(retir|enlev|suppr|suprim|effac|ray|radi|ot|sort|vir|desinscr|desabo|exclu|degag|blacklist|elimin|oubli|gomm|biff|exclure)~",
    "mine": "(numero|num|tel|adresse|mail|nom|coordonnees|coordonees|donnees|infos|fiche|contact|inscription|telephone|boite)",
    "list": "(campagne|campagnes|prospects|clients|programme|liste|listes|fichier|fichiers|base|bases|listing|listings|envois|diffusion|newsletter|repertoire|carnet|tablettes|contacts|destinataires|mail|systeme|registre|registres|crm|abonnes|rappels|groupe)",
    "month": "(janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|sept|oct|nov|dec|janv|fev)",
    "season": "(printemps|ete|automne|hiver|rentree|vacances|fetes|noel|paques|toussaint|an|annee|mois|trimestre|semestre)",
    "day": "(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|apres demain|ce soir|aujourd hui|cet aprem|cette aprem|cet apres midi|cette apres midi|cette semaine|ce matin|heure|date|midi)",
    "kin": "(mari|femme|epouse|epoux|conjoint|compagnon|compagne|associe|associee|patron|patronne|chef|boss|gerant|gerante|directeur|directrice|direction|responsable|collegue|"
    "fils|fille|frere|soeur|pere|mere|parents|proprietaire|proprio|bailleur|syndic|agence|mairie|comptable|compta|secretaire|service|siege|oncle|tante|cousin|beau|belle|ex|coloc|copain|copine)",
    "name": "(monsieur|madame|m|mlle|maitre|docteur|dr)",
}

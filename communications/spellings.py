"""How French is spelled on phones: shorthand, words run together, typos of the words that decide. Pure."""
# ruff: noqa: E501 - tables

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

EMOJIS = (
    dict.fromkeys("🛑⛔🚫🔕📵", " emojistop ") | dict.fromkeys("🖕🤬😡😠💢🤮", " emojicolere ")
    | dict.fromkeys("👍👌✅💪🚀🤝", " emojioui ") | dict.fromkeys("😳😱🤯💸😵🥵", " emojichoc ")
    | dict.fromkeys("🙄😒😤🥱😑", " emojilas ") | dict.fromkeys("😀😃😄😁😆😅😂🤣🙂😉😊😇🥰😍😘😋😜😎😏😢😭☺🙏❤🌸👏🎉", " . ")
)  # fmt: skip

# Only what is hardly ever anything else: the words, then how they are shortened.
SHORTHAND = """
pas = pa ps         | plus = plu            | vous = vs vou          | nous = ns            | tout = tt
tous = ts           | toutes = ttes         | dans = ds              | donc = dc            | pour = pr
quand = qd qand kan kand | que = ke k       | qui = ki               | quoi = koi kwa       | quel = kel qel
quelle = kelle      | quelqu un = qqn qqun qq1 | quelque chose = qqch qqchose | j ai = g jai | je = ge
c est = c cest sest | c etait = cetait ct   | ca = sa cela           | j en = jen           | j y = jy
merci = mrc mci merki thx thanks            | svp = stp please pls plz svpl                 | bonjour = bjr bjour
bonsoir = bsr       | salut = slt coucou hello hey | desole = dsl desolee desoles sorry dsle | message = msg mess msge
messages = msgs     | sms = texto text txt textos txts | numero = num numeros nums          | beaucoup = bcp
toujours = tjrs tjs tjr | jamais = jms      | aujourd hui = auj ajd ojd aujourdhui          | demain = dem1 2m1 dmain
avec = av avk       | aussi = ossi          | faut = fo fau          | combien = cb cmb combi1 conbien | comment = coment cmt
pourquoi = pk pq pkoi | oui = ui oe ouais ouai wi we yes yep ouep ouip | ok = oki okay okey okk dac dacc daccord
non = nn nan nope   | rdv = rv rendezvous rdvs | trop = tro trp      | cher = chere cheres chers | moi = mwa moa
veux = ve veu       | prix = pri            | rien = ri1            | bien = bi1             | besoin = bsoin
etes = ets          | temps = tps           | dispo = disponible disponibles dispos disponibilite disponibilites
mail = mel email emails mails courriel courriels courrier courriers mailing mailings
pub = pubs publicite publicites promo promos prospectus reclame reclames publicitaire publicitaires
parce que = pcq pske parske | peut etre = ptetre ptet      | je suis = chui chuis jsui jsuis | il y a = ya
cordialement = cdlt cdt cordlt | monsieur = mr | madame = mme        | maintenant = mtn mnt    | merci = remercie remercions
attends = attend    | devis = devi          | deja = dja             | chez = chz              | cette = cet
arrete = aret arett arete | arreter = areter | arretez = aretez aretes | lache = lach | urgent = urgence urgences
peine = pein peines | messages = mesages | recevoir = resevoir recevoire | ecrire = ecrir | rappel = rapel | appeler = apeler | appelez = apelez apele
rappelez = rapelez rapele rapeler | impossible = imposible | desinscription = dezinscription desincription
"""
SHORT = {
    short: full.strip()
    for entry in SHORTHAND.replace("\n", "|").split("|")
    if "=" in entry
    for full, shorts in [entry.split("=")]
    for short in shorts.split()
}
# Words without the space or apostrophe between them. The first that matches splits the word.
VOWEL_VERBS = (
    r"(?:envoy|envoi|ecri|interes|appel|embet|importun|oppos|inscri|excus|annul|attend|arret|habit|aime|adore|accept|"
    r"espere|etai|avai|aurai|irai|arriv|essai|hesit|ennuy|emmerd|enlev|oubli|efface|occup|adress|achete|abonn|agit|avez)"
)
JOINED = tuple(
    (re.compile(shape), instead)
    for shape, instead in (
        (rf"^n([mt])(?={VOWEL_VERBS})", r"ne \1 "),
        (rf"^([jmtnsdl])(?={VOWEL_VERBS})", r"\1 "),
        (r"^j(?=[bcdfghklmnpqrstvwxz]{1,2}[a-z])", "je "),
        (r"^([ld])(?=(?:instant|annee|immediat|ete|heure|accord|autre|avance|avis|abord|argent|arnaque|ici)$)", r"\1 "),
        (r"^(n)(?=(?:est|ai|etes|etait|avez)$)", r"\1 "),
        (r"^(qu)(?=(?:il|elle|on|est)$)", r"\1 "),
        (r"^nm(?=[a-z]{3})", "ne me "),
        (r"^(desinscri|desabonn|supprim|retir|enlev|efface|laisse|lache|oublie|rappel|appel|arret|fiche|foute)"
         r"(r|z|er|ez|e|es|s|vez|t)(moi|nous|vos|tes|de|la|le)(?=[a-z]*$)", r"\1\2 \3 "),
        (r"^(stop)(?=(?:sms|pub|spam|mail|message|arret|merci|svp)s?$)", r"\1 "),
        (r"^(non)(?=merci$)", r"\1 "), (r"^(pas)(?=(?:interess|maintenant|besoin|pour))", r"\1 "),
        (r"^(plus)(?=(?:desms|depub|jamais|rien))", r"\1 "), (r"^(trop)(?=cher)", r"\1 "), (r"^(sans)(?=suite)", r"\1 "),
    )
)  # fmt: skip

# Words whose typos are put right. A word that only ends otherwise is none: phrases know endings.
KEYS = (
    "desinscrire", "desinscrivez", "desinscription", "desabonner", "desabonnez", "desabonnement", "supprimer",
    "supprimez", "retirer", "retirez", "enlever", "enlevez", "effacer", "effacez", "contacter", "contactez",
    "recontacter", "recontactez", "relancer", "relancez", "message", "messages", "recevoir", "adresse", "interesse",
    "interessee", "interessant", "rappelez", "maintenant", "automatique", "personne", "trompez", "tromper", "abonnement",
    "arreter", "arretez", "harceler", "harcelement", "tranquille", "publicite", "opposition", "coordonnees", "newsletter",
    "solliciter", "sollicitez", "laissez", "respecter", "relances", "bloquer", "illegal", "tranquillite", "deranger", "derangez", "unsubscribe", "budget", "possible", "impossible", "semaine",
    "concurrent", "electricien", "plombier", "finalement", "envoyer", "envoyez", "numero", "insister", "signaler",
)  # fmt: skip
STEMS = tuple({key[: min(6, len(key) - 2)] for key in KEYS})
# Words of their own that are a letter or two away from a key.
KEPT = (
    "massag", "contract", "personnel", "contact", "relanc", "attirer", "virer", "retard", "envoi", "suppos", "concurr",
    "passible", "sensible", "arrach", "semai", "tranqui", "releve", "eleve", "enseign", "plomb", "intense", "position",
    "contrat", "content", "traiter", "entendu", "entier", "exposition", "proposition", "arrive", "acheter", "adoucir",
    "presser", "imprimer", "envier", "essayer",
)  # fmt: skip


@lru_cache(maxsize=20_000)
def corrected(word: str) -> str:
    """Return the key word of which this is a typo; the word itself, when it is none."""
    if len(word) < 6 or word.startswith(STEMS) or word.startswith(KEPT) or not word.isalpha():
        return word
    allowed = 1 if len(word) < 9 else 2
    found = process.extractOne(word, KEYS, scorer=OSA.distance, score_cutoff=allowed)
    return found[0] if found and found[0][0] == word[0] else word


# Spellings that take the words around them to be told.
GROUPS = tuple(
    (re.compile(shape), instead)
    for shape, instead in (
        (r"(?<= c) est est(?= )", " est"), (r"(?<= je) (?:peu|pe)(?= )", " peux"), (r"(?<= tu) (?:peu|pe)(?= )", " peux"),
        (r"(?<= rendez) vous(?= )", "vous"), (r" rendez(?:vous)?(?= )(?! (?:moi|nous|lui|compte|le|la))", " rdv"),
        (r" s il (?:vous|te) plait?(?= )", " svp"), (r" e mails?(?= )", " mail"), (r" mauvaise? num(?= )", " mauvais numero"),
        (r" (?:est|es) (?:c|ce) (?:est )?qu?[ei]?(?= )", " estce"), (r" est c est que(?= )", " estce"),
        (r" ce(?= (?:pas|moi|lui|elle|ma|mon|mes|bon|trop|cher|combien|quoi|la fin|fini|possible) )", " c est"),
        (r"(?<! ai)(?<! as)(?<! a)(?<! avez)(?<! ont)(?<! avoir)(?<! t)(?<! avons)(?<! aurait)(?<! aviez)(?<! avait) pus?(?= )", " plus"),
        (r" vo(?= )", " vos"), (r" on est pas(?= )", " on n est pas"), (r" pas d interet(?= )", " pas interesse"),
        (r" tel(?= num)", ""), (r" n ?est ce pas(?= )", ""), (r" (?:un|1) peu(?= )", " unpeu"),
        (r" (?:lettres? d information|news letters?|newsletters|infolettres?)(?= )", " newsletter"),
        (r" (?:coup de (?:fil|telephone|tel))(?= )", " appel"), (r" a (?:la )?place d(?= )", " aulieu d"),
    )
)  # fmt: skip

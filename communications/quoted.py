"""What a person wrote themselves: the text above the quoted thread, without signature, app footer and disclaimer. Pure.

Each mail program writes it its own way; « Pour vous désinscrire » in the thread is ours, not theirs.
"""

import re

WROTE = r"(?:a\s+[ée]crit|a\s+[ée]t[ée]\s+[ée]crit|wrote|schrieb|escribi[óo]|ha\s+scritto)"
DAYS = r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec)"
# `Le lun. 2 nov. 2026 à 08:14, X <x@y> a écrit :`, wrapped or not. A date with a year or an hour follows at once, or
# « Le lundi 3 ne va pas » would be one.
ATTRIBUTION = re.compile(
    rf"(?:^[> \t]*|(?<=\s))(?:Le|On|Am|El|Il giorno)\s+(?:{DAYS}[a-zé]{{0,7}}[.,]{{0,2}}\s+){{0,2}}"
    rf"\d[^\n]{{0,40}}?(?:\d{{4}}|\d[:h]\d{{2}}|/\d{{2}}\b)"
    rf"[^\n]{{0,200}}?(?:\n[^\n]{{0,200}}?){{0,2}}?\b{WROTE}\s*:",
    re.IGNORECASE | re.MULTILINE,
)
BANNER = re.compile(
    r"^[> \t]*(?:[-_=*]{2,}[ \t]*(?:(?:message|mail|courriel|e-mail)\s+"
    r"(?:d['’ ]?\s?origine|original|transf[ée]r[ée]|initial)"
    r"|original\s+(?:message|appointment)|forwarded\s+message|message\s+transmis|r[ée]ponse\s+[àa])[^\n]*"
    r"|_{10,}[ \t]*|-{20,}[ \t]*"
    r"|(?:d[ée]but\s+du\s+message\s+r[ée]exp[ée]di[ée]|begin\s+forwarded\s+message)[ \t]*:?[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
# Outlook's block: `De :` and, within the next lines, another of its fields.
HEADERS = re.compile(
    r"^[> \t*]*(?:de|from|exp[ée]diteur|von)\s?\*?\s?:[^\n]*\n(?:[^\n]*\n){0,3}?"
    r"[> \t*]*(?:envoy[ée](?:\s+le)?|date|sent|[àa]|to|objet|subject|pour|gesendet)\s?\*?\s?:",
    re.IGNORECASE | re.MULTILINE,
)
SENT_FIRST = re.compile(  # La Poste and Free begin with the date
    r"^[> \t]*(?:envoy[ée]|date)\s?:[^\n]*\n[> \t]*(?:de|from)\s?:", re.IGNORECASE | re.MULTILINE
)
FOOTER = re.compile(
    r"^[ \t]*(?:envoy[ée](?:e)?\s+(?:de|depuis|[àa]\s+partir|via|par)\b|sent\s+(?:from|with|via)\b"
    r"|t[ée]l[ée]charg\w+\s+outlook"
    r"|obten\w+\s+outlook|get\s+outlook|provenance\s*:\s*courrier|(?:garanti\s+)?sans\s+virus|virus-free"
    r"|(?:ce|cet|this|the)\s+(?:message|courriel|e-?mail|mail)\s+(?:et|and|est\s+(?:strictement\s+)?confidentiel"
    r"|is\s+(?:strictly\s+)?confidential|peut\s+contenir|may\s+contain|a\s+[ée]t[ée]\s+v[ée]rifi)"
    r"|si\s+vous\s+n['’ ]?\s?[êe]tes\s+pas\s+(?:le|la)\s+(?:bon\s+)?destinataire|if\s+you\s+are\s+not\s+the\s+intended"
    r"|(?:pensez|please\s+consider)\s+[^\n]{0,40}(?:imprimer|environ)|(?:avis\s+de\s+)?confidentialit[ée]\s*:)[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
DASHES = re.compile(r"^[ \t]*(?:--|—|__)[ \t]*$", re.MULTILINE)
QUOTED_LINE = re.compile(r"^[ \t]*(?:>|\|[ \t])[^\n]*\n?", re.MULTILINE)
CLOSING = re.compile(
    r"^[^\w\n]*(?:(?:bien\s+|tr[èe]s\s+|tr[èe]s\s+bien\s+)?(?:cordialement|respectueusement|sinc[èe]rement|amicalement)|cdlt|cdt"
    r"|bien\s+(?:[àa]\s+(?:vous|toi)|cdlt)|(?:sinc[èe]res\s+|meilleures\s+)?salutations|respectueusement|bises|best\s+regards"
    r"|regards)\b[^\n?]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
# A line under the closing that still says something is not a signature.
SAYS = re.compile(
    r"(?:\?|\b(?:p\.?\s?s|je|j|ne|n|me|m|moi|nous|vous|pas|plus|stop|svp|stp|merci|non|oui|ok|plut[ôo]t)\b)",
    re.IGNORECASE,
)
LONGEST = 10_000  # characters: no reply is longer, and a thread is


def written(text: str) -> str:
    """Return what the person wrote above (or between) what is quoted; "" when everything is quoted."""
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u202f", " ")
    return _unsigned(_above(lines)).strip()


def _above(text: str) -> str:
    """Cut the thread off. Lines that are marked as quoted go alone: an answer below them stays."""
    ends = [found.start() for shape in (BANNER, HEADERS, SENT_FIRST) if (found := shape.search(text))]
    attribution = ATTRIBUTION.search(text)
    if attribution and not text[attribution.end() :].lstrip().startswith((">", "|")):  # nothing shows its end
        ends.append(attribution.start())
    return QUOTED_LINE.sub("", ATTRIBUTION.sub("\n", text[: min(ends, default=len(text))]))


def _unsigned(text: str) -> str:
    for shape in (DASHES, FOOTER):
        found = shape.search(text)
        if found and text[: found.start()].strip():
            text = text[: found.start()]
    closing = CLOSING.search(text)
    if closing is None or not text[: closing.start()].strip():
        return text
    after = [line for line in text[closing.end() :].split("\n") if SAYS.search(line)]
    return "\n".join([text[: closing.start()].rstrip(), *after])

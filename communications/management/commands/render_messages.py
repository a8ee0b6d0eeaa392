"""`manage.py render_messages --out DIR`: every message of the library as it is read, to look at. No database."""

from argparse import ArgumentParser
from html import escape
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from communications.rendering import (
    MESSAGES,
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    check,
    context,
    library_sources,
    render,
)
from communications.sms import segments, transliterate

CONTACT = ContactFacts("Jean-Christophe Dupont-Moretti", "jean-christophe@exemple.fr", "+33612345678")
NAMES = {
    "artisan": "Menuiserie Lefèvre", "avocat": "Cabinet Morel & Associés", "coach": "Élan Coaching",
    "plombier": "Plomberie Durand & Fils",
}  # fmt: skip
EVENT = {
    "travaux": "Remplacement de trois fenêtres", "adresse": "4 rue des Lilas, Lyon", "domaine": "droit du travail",
    "ressource": "Le guide des matins sereins",
}  # fmt: skip
LINKS = {
    "lien_avis": "https://exemple.fr/avis", "lien_rdv": "https://exemple.fr/rendez-vous",
    "lien_ressource": "https://exemple.fr/guide", "lien_contenus": "https://exemple.fr/outils",
}  # fmt: skip


PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Messages de la bibliothèque</title>
<style>
  body {{ font: 15px/1.5 system-ui, sans-serif; margin: 32px; color: #1f2937; background: #e5e7eb; }}
  table {{ border-collapse: collapse; background: #fff; border-radius: 8px; }}
  td {{ padding: 10px 16px; border-bottom: 1px solid #e5e7eb; vertical-align: top; }}
  td:last-child {{ white-space: nowrap; color: #6b7280; }}
  iframe {{ border: 0; height: 980px; background: #f3f4f6; margin-right: 16px; }}
  small {{ color: #6b7280; }}
</style>
<h1>Messages de la bibliothèque</h1><h2>SMS</h2><table>{sms}</table>{emails}</html>"""


class Command(BaseCommand):
    """Write the library's messages into a folder: HTML and text of emails, and a page that shows all of them."""

    help = "Écrit tous les messages de la bibliothèque dans un dossier, tels qu'ils seront lus."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder, and whether the site has told more than its name and phone."""
        parser.add_argument("--out", required=True, type=Path, help="le dossier où écrire")
        parser.add_argument("--sparse", action="store_true", help="un site et un événement qui n'ont presque rien dit")

    def handle(self, *args: Any, out: Path, sparse: bool, **options: Any) -> None:
        """Write the files. A template that is not valid raises TemplateError."""
        out.mkdir(parents=True, exist_ok=True)
        emails, texts = [], []
        for sector in sorted(path.name for path in MESSAGES.iterdir() if path.is_dir()):
            for source in library_sources(sector):
                check(source)
                rendered = _rendered(source, sector, sparse)
                if source.channel == "sms":
                    texts.append(_sms_row(source, rendered))
                    continue
                file = out / f"{source.name.replace('/', '-')}.html"
                file.write_text(rendered.html, encoding="utf-8")
                file.with_suffix(".txt").write_text(f"{rendered.subject}\n\n{rendered.text}", encoding="utf-8")
                emails.append(_email_part(file.name, source, rendered))
        (out / "index.html").write_text(PAGE.format(sms="".join(texts), emails="".join(emails)), encoding="utf-8")
        self.stdout.write(f"{len(emails)} emails et {len(texts)} SMS : {out / 'index.html'}")


def _rendered(source: Source, sector: str, sparse: bool) -> Rendered:
    if sparse:
        site, contact = SiteFacts(NAMES[sector], "+33123456789"), ContactFacts("", CONTACT.email, "")
    else:
        site, contact = SiteFacts(
            NAMES[sector], "+33123456789", "12 rue de la République, 69001 Lyon", "https://exemple.fr",
            "contact@exemple.fr", sector, details=LINKS,
        ), CONTACT  # fmt: skip
    event = {} if sparse else EVENT
    unsubscribe = "https://exemple.fr/desinscription"
    return render(source, context(contact, site, event, now=timezone.now(), unsubscribe_url=unsubscribe))


def _email_part(file: str, source: Source, rendered: Rendered) -> str:
    """Show an email as a computer and as a phone shows it."""
    frames = "".join(f'<iframe src="{file}" width="{width}"></iframe>' for width in (640, 375))
    title = f"<h2>{escape(source.name)}</h2><p><b>{escape(rendered.subject)}</b><br>"
    return f"{title}<small>{escape(source.preheader)} <a href='{Path(file).stem}.txt'>texte</a></small></p>{frames}"


def _sms_row(source: Source, rendered: Rendered) -> str:
    size = segments(transliterate(rendered.text))
    cells = (source.name, rendered.text, f"{size.units} ({size.encoding}), {size.count} SMS")
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"

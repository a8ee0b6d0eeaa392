"""`manage.py simulate`: what a workflow would do for a contact, told in virtual time. Nothing is written or sent."""

import json
import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import Site
from berinia.api import ApiError, parse
from berinia.clock import zone
from berinia.readonly import read_only
from berinia.wire import WireError, read
from crm.models import Contact
from workflows.advance import EndlessProgramError
from workflows.models import Workflow
from workflows.rehearsal import Rehearsal, Subject, SubjectError, as_json, rehearse, subject_in, subject_of
from workflows.scenarios import Asked

EVENT = re.compile(r"t?\+?(?P<apres>[0-9smhdw]+)\s+(?P<nom>\S+)(?:\s+(?P<donnees>\{.*\}))?", re.DOTALL)
PAIR = re.compile(r",(?=[a-z_.]+=)")
FILES = (".yaml", ".yml", ".json")
WIDTH = 19


class Command(BaseCommand):
    """Prints the timeline in French. Exit code 1: what was asked for cannot be simulated; 2: wrong options."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what, for whom, from when on, and what happens."""
        parser.add_argument("target", help="un fichier YAML, ou <site>/<workflow>")
        parser.add_argument("--site", help="pour un fichier : le site dont viennent les messages")
        parser.add_argument("--workflow", default="", help="pour un fichier de secteur : lequel de ses workflows")
        parser.add_argument("--sector", default="", help="pour un fichier : où chercher les modèles de message")
        parser.add_argument("--draft", action="store_true", help="le brouillon du workflow, pas sa version publiée")
        parser.add_argument("--contact", help='"nom=…,telephone=+33…,email=…,etiquettes=a|b,champs.ville=Lyon"')
        parser.add_argument("--contact-id", type=int, help="un contact du site, au lieu de --contact")
        parser.add_argument("--start", help="2026-03-10T10:00, à l'heure du site ; sans indication : maintenant")
        parser.add_argument("--start-event", help="""l'événement qui démarre : 'demande_devis {"urgence": "haute"}'""")
        parser.add_argument("--event", action="append", default=[], help="""'t+10m appel_repondu {"note": 5}'""")
        parser.add_argument("--fail", action="append", default=[], help="une étape dont l'envoi n'aboutit pas")
        parser.add_argument("--json", action="store_true", help="en JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Simulate and print. Raises CommandError."""
        try:
            with nullcontext() if is_alone(options) else read_only():
                rehearsal = self._rehearse(options)
                text = _json(rehearsal) if options["json"] else "\n".join(told(rehearsal))
        except SubjectError as error:
            raise CommandError(error.detail) from None
        except ApiError as error:
            field = error.content.get("field")
            raise CommandError(f"{field} : {error}" if field else str(error)) from None
        except EndlessProgramError as error:
            raise CommandError(f"Ce workflow tourne en rond à l'étape « {error} ».") from None
        self.stdout.write(text)

    def _rehearse(self, options: dict[str, Any]) -> Rehearsal:
        subject = subject_for(options)
        contact = _contact(subject, options["contact_id"])
        if options["contact"] is None and contact is None:
            raise CommandError("Donnez --contact ou --contact-id.", returncode=2)
        who = _pairs(options["contact"]) if contact is None else {"email": "contact@exemple.fr"}
        asked = {"contact": who, "echecs": options["fail"], "evenements": [_event(text) for text in options["event"]]}
        if options["start"]:
            asked["debut"] = options["start"]
        if options["start_event"]:
            asked["evenement"], asked["donnees"] = _start(options["start_event"])
        return rehearse(subject, parse(Asked, asked), timezone.now(), contact)


def is_alone(options: dict[str, Any]) -> bool:
    """Tell whether a file is all that is needed: no database then."""
    return Path(options["target"]).suffix in FILES and not options.get("site")


def subject_for(options: dict[str, Any]) -> Subject:
    """Return what a command's options name: a file, or a workflow of a site. Raises CommandError, SubjectError."""
    target, site = options["target"], _site(options.get("site"))
    path = Path(target)
    if path.suffix in FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise CommandError(f"Le fichier {target} ne peut pas être lu.") from None
        return subject_in(text, options["workflow"], options["sector"], site)
    slug, slash, name = target.partition("/")
    if not slash:
        raise CommandError("Donnez un fichier .yaml, ou <site>/<workflow>.", returncode=2)
    workflow = Workflow.objects.select_related("site", "version").filter(site__slug=slug, slug=name).first()
    if workflow is None:
        raise CommandError(f"Le site « {slug} » n'a pas de workflow « {name} ».")
    return subject_of(workflow, is_draft=options["draft"])


def _site(slug: str | None) -> Site | None:
    if not slug:
        return None
    try:
        return Site.objects.get(slug=slug)
    except Site.DoesNotExist:
        raise CommandError(f"Le site « {slug} » n'existe pas.") from None


def _contact(subject: Subject, contact_id: int | None) -> Contact | None:
    if contact_id is None:
        return None
    found = Contact.objects.filter(site=subject.site, pk=contact_id).first() if subject.site else None
    if found is None:
        raise CommandError(f"--contact-id : le site n'a pas de contact {contact_id}.")
    return found


def _pairs(text: str) -> dict[str, Any]:
    """Read `nom=…,telephone=…`; `etiquettes` are separated by |, other fields are `champs.<nom>`."""
    found: dict[str, Any] = {}
    for part in PAIR.split(text):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not equals:
            raise CommandError(f"--contact : « {part} » n'est pas de la forme nom=valeur.", returncode=2)
        if name.startswith("champs."):
            found.setdefault("champs", {})[name.removeprefix("champs.")] = value
        else:
            found[name] = value.split("|") if name == "etiquettes" else value
    return found


def _event(text: str) -> dict[str, Any]:
    found = EVENT.fullmatch(text.strip())
    if not found:
        raise CommandError(
            f"""--event : « {text} » n'est pas de la forme 't+10m appel_repondu {{"note": 5}}'.""", returncode=2
        )
    return {"apres": found["apres"], "nom": found["nom"], "donnees": _data("--event", found["donnees"])}


def _start(text: str) -> tuple[str, dict[str, Any]]:
    name, _space, data = text.strip().partition(" ")
    return name, _data("--start-event", data)


def _data(option: str, text: str | None) -> dict[str, Any]:
    if not text or not text.strip():
        return {}
    try:
        data = read(text.encode())
    except WireError as error:
        raise CommandError(f"{option} : {error.detail}", returncode=2) from None
    if not isinstance(data, dict):
        raise CommandError(f"{option} : les données sont un objet JSON.", returncode=2)
    return data


def _json(rehearsal: Rehearsal) -> str:
    return json.dumps(as_json(rehearsal), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


# --- what is printed ---------------------------------------------------------------------------------------


def told(rehearsal: Rehearsal) -> list[str]:
    """Return the lines that are printed."""
    found, scenario = as_json(rehearsal), rehearsal.scenario
    who = scenario.contact["nom"] or scenario.contact["email"] or scenario.contact["telephone"]
    lines = [f"Simulation de « {found['workflow']} » pour {who} (heures : {scenario.zone})", ""]
    for line in found["chronologie"]:
        lines += _told(line, scenario.zone)
    totals = found["totaux"]
    return [
        *lines,
        "",
        f"{totals['sms']} SMS en {totals['segments']} segments, {totals['emails']} emails : "
        f"{_euros(totals['euros'])} au tarif indiqué dans les réglages. Rien n'a été écrit ni envoyé.",
    ]


def _told(line: dict[str, Any], zone_name: str) -> list[str]:
    head = f"{_instant(line['le'], zone_name)}  {line['texte']}"
    if line["etape"]:
        head += f" [{line['etape']}]"
    if line["resultat"]:
        head += f" → {line['resultat']}"
    notes = [f"pourquoi : {line['pourquoi']}"] if line["pourquoi"] else []
    notes += line["effets"]
    for message in line["messages"]:
        notes += _message(message)
    return [head, *(f"{'':{WIDTH}}  {note}" for note in notes)]


def _message(message: dict[str, Any]) -> Sequence[str]:
    name = f"{message['canal'].upper()} « {message['modele']} »"
    if message["refus"]:
        return [f"{name} ne part pas : {message['refus']}"]
    if message["erreur"]:
        return [f"{name} ne peut pas être écrit : {message['erreur']}"]
    size = f", {message['encodage']}, {message['unites']} unités, {message['segments']} segment(s)"
    head = f"{name} ({message['categorie']}{size if message['segments'] else ''}, {_euros(message['euros'])})"
    subject = [f"| Objet : {message['objet']}"] if message["objet"] else []
    return [head, *subject, *(f"| {text}".rstrip() for text in message["texte"].splitlines())]


def _instant(instant: datetime, zone_name: str) -> str:
    return f"{instant.astimezone(zone(zone_name)):%d/%m/%Y %H:%M:%S}"


def _euros(value: float) -> str:
    return f"{value:.4f}".rstrip("0").ljust(4, "0").replace(".", ",") + " €"

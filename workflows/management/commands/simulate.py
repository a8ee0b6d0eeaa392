"""`manage.py simulate`: what a workflow would do for a contact, told in virtual time. Nothing is written or sent."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Site
from berinia.api import ApiError, parse
from berinia.clock import parse_duration, zone
from berinia.readonly import read_only
from crm.models import Contact
from workflows import volumes
from workflows.advance import EndlessProgramError
from workflows.channels import CHANNELS
from workflows.compile import compile_definition
from workflows.life import Assumptions
from workflows.models import Workflow
from workflows.population import Chance, Crowd, populate, usual_chances
from workflows.rehearsal import Rehearsal, Subject, SubjectError, as_json, rehearse, subject_in, subject_of
from workflows.scenarios import Asked, data_in, event_line, scenario_of
from workflows.volumes import PACES
from workflows.windows import CLOCK
from workflows.words import words

PAIR = re.compile(r",(?=[a-z_.]+=)")
FILES = (".yaml", ".yml", ".json")
CHANCE = re.compile(
    r"(?P<nom>[a-z][a-z0-9_.]*)=(?P<part>\d*\.?\d+)(?:\s+within\s+(?P<delai>\S+))?(?:\s+(?P<donnees>\{.*\}))?",
    re.DOTALL,
)
WIDTH = 19
LARGEST_CROWD = 200_000
SOMEBODY = {"nom": "Camille Martin", "email": "camille.martin@exemple.fr", "telephone": "+33612345678"}


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
        crowd = parser.add_argument_group("beaucoup de contacts à la fois")
        crowd.add_argument("--population", type=int, help=f"combien de contacts, {LARGEST_CROWD} au plus, en un jour")
        crowd.add_argument(
            "--probability", action="append", default=[],
            help="""'appel_repondu=0.4 within 10m {"note": 5}' : la part qui le signale, et dans quel délai après son
            début (1d sans indication). Sans indication : l'objectif est atteint au taux visé (0.3 s'il n'y en a pas),
            à un instant au hasard de son délai ; rien d'autre n'arrive, les attentes vont à leur terme.""",
        )  # fmt: skip
        crowd.add_argument("--seed", type=int, default=0, help="le même nombre donne le même tirage")
        crowd.add_argument("--opens", default="9:00", help="les contacts arrivent à partir de cette heure")
        crowd.add_argument("--closes", default="18:00", help="jusqu'à cette heure")
        for channel, pace in PACES.items():
            crowd.add_argument(f"--{channel}-per-second", type=float, default=pace, help=f"limite ({pace:g} sinon)")

    def handle(self, *args: object, **options: Any) -> None:
        """Simulate and print. Raises CommandError."""
        try:
            with nullcontext() if is_alone(options) else read_only():
                if options["population"] is not None:
                    text = _population(options)
                else:
                    rehearsal = self._rehearse(options)
                    text = _json(as_json(rehearsal)) if options["json"] else "\n".join(told(rehearsal))
        except SubjectError as error:
            raise CommandError(error.detail) from None
        except ApiError as error:
            field = error.content.get("field")
            raise CommandError(f"{field} : {error}" if field else str(error)) from None
        except OperationalError:
            raise CommandError("La base de données ne répond pas.") from None
        except EndlessProgramError as error:
            raise CommandError(f"Ce workflow tourne en rond à l'étape « {error} ».") from None
        self.stdout.write(text)

    def _rehearse(self, options: dict[str, Any]) -> Rehearsal:
        subject = subject_for(options)
        contact = _contact(subject, options["contact_id"])
        if options["contact"] is None and contact is None:
            raise CommandError("Donnez --contact ou --contact-id.", returncode=2)
        who = _pairs(options["contact"]) if contact is None else SOMEBODY
        return rehearse(subject, _asked(options, who), timezone.now(), contact)


def _asked(options: dict[str, Any], who: Mapping[str, Any]) -> Asked:
    """Return what the options ask for. Raises ApiError, CommandError."""
    asked = {"contact": who, "echecs": options["fail"], "evenements": [_event(text) for text in options["event"]]}
    if options["start"]:
        asked["debut"] = options["start"]
    if options["start_event"]:
        asked["evenement"], asked["donnees"] = _start(options["start_event"])
    return parse(Asked, asked)


def _population(options: dict[str, Any]) -> str:
    """Return what a crowd causes. Raises CommandError, SubjectError."""
    subject, now = subject_for(options), timezone.now()
    if not 1 <= options["population"] <= LARGEST_CROWD:
        raise CommandError(f"--population : de 1 à {LARGEST_CROWD}.", returncode=2)
    if options["event"] or options["contact_id"] is not None:
        raise CommandError("--population ne va pas avec --event ni --contact-id : voir --probability.", returncode=2)
    paces = {channel: options[f"{channel}_per_second"] for channel in PACES}
    if min(paces.values()) <= 0:
        raise CommandError("Une limite par seconde est plus grande que zéro.", returncode=2)
    who = _pairs(options["contact"]) if options["contact"] else SOMEBODY
    scenario = scenario_of(_asked(options, who), subject.definition, subject.zone, now)
    opens, closes = _clock("--opens", options["opens"]), _clock("--closes", options["closes"])
    if opens >= closes:
        raise CommandError("--closes : après --opens, le même jour.", returncode=2)
    crowd = Crowd(
        options["population"], scenario.start.astimezone(zone(scenario.zone)).date(), scenario.contact,
        _chances(options["probability"], subject), scenario.data, opens, closes, scenario.zone, options["seed"],
        subject.workflow.pk if subject.workflow else 0, Assumptions(frozenset(options["fail"])),
    )  # fmt: skip
    volume = populate(compile_definition(subject.definition, subject.sector), crowd)
    found = volumes.as_json(volume, subject.preview(), scenario.zone, paces)
    head = f"{crowd.size} contacts dans « {subject.name} », le {crowd.day:%d/%m/%Y} de {opens:%H:%M} à {closes:%H:%M}"
    supposed = [f"  supposé : {_supposed(chance)}" for chance in crowd.chances]
    return _json(found) if options["json"] else "\n".join([head, *supposed, *volumes.told(found)])


def _chances(texts: Sequence[str], subject: Subject) -> tuple[Chance, ...]:
    """Return the chances that are given; the goal's usual one unless its event is among them."""
    given = tuple(_chance(text) for text in texts)
    names = {chance.event for chance in given}
    return given + tuple(chance for chance in usual_chances(subject.definition) if chance.event not in names)


def _chance(text: str) -> Chance:
    found = CHANCE.fullmatch(text.strip())
    try:
        if not found or not 0 <= float(found["part"]) <= 1:
            raise ValueError(text)
        within = parse_duration(found["delai"] or "1d")
    except ValueError:
        raise CommandError(
            f"--probability : « {text} » n'est pas de la forme 'appel_repondu=0.4 within 10m', de 0 à 1.", returncode=2
        ) from None
    return Chance(found["nom"], float(found["part"]), within, _data("--probability", found["donnees"]))


def _supposed(chance: Chance) -> str:
    part = f"{100 * chance.probability:g} %".replace(".", ",")
    return f"{part} signalent « {chance.event} » dans un délai de {words(chance.within)}"


def _clock(option: str, text: str) -> time:
    found = re.fullmatch(CLOCK, text)
    if not found:
        raise CommandError(f"{option} : une heure s'écrit 9:00.", returncode=2)
    return time(int(found[1]), int(found[2]))


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
        return subject_in(text, options.get("workflow", ""), options.get("sector", ""), site)
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
    try:
        return event_line(text)
    except ValueError as error:
        raise CommandError(f"--event : {error}", returncode=2) from None


def _start(text: str) -> tuple[str, dict[str, Any]]:
    name, _space, data = text.strip().partition(" ")
    return name, _data("--start-event", data)


def _data(option: str, text: str | None) -> dict[str, Any]:
    try:
        return data_in(text)
    except ValueError as error:
        raise CommandError(f"{option} : {error}", returncode=2) from None


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


# --- what is printed ---------------------------------------------------------------------------------------


def told(rehearsal: Rehearsal) -> list[str]:
    """Return the lines that are printed."""
    found, scenario = as_json(rehearsal), rehearsal.scenario
    who = scenario.contact["nom"] or scenario.contact["email"] or scenario.contact["telephone"]
    lines = [f"Simulation de « {found['workflow']} » pour {who} (heures : {scenario.zone})", ""]
    for line in found["chronologie"]:
        lines += _told(line, scenario.zone)
    totals = found["totaux"]
    whatsapp = f", WhatsApp : {totals['whatsapp']}" if totals["whatsapp"] else ""
    return [
        *lines,
        "",
        f"SMS : {totals['sms']} (segments : {totals['segments']}), emails : {totals['emails']}{whatsapp}, en tout "
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
    name = f"{CHANNELS[message['canal']].title} « {message['modele']} »"
    if message["refus"]:
        return [f"{name} ne part pas : {message['refus']}"]
    if message["erreur"]:
        return [f"{name} ne peut pas être écrit : {message['erreur']}"]
    size = f", {message['encodage']}, {message['unites']} unités, segments : {message['segments']}"
    head = f"{name} ({message['categorie']}{size if message['segments'] else ''}, {_euros(message['euros'])})"
    subject = [f"| Objet : {message['objet']}"] if message["objet"] else []
    return [head, *subject, *(f"| {text}".rstrip() for text in message["texte"].splitlines())]


def _instant(instant: datetime, zone_name: str) -> str:
    return f"{instant.astimezone(zone(zone_name)):%d/%m/%Y %H:%M:%S}"


def _euros(value: float) -> str:
    return f"{value:.4f}".rstrip("0").ljust(4, "0").replace(".", ",") + " €"

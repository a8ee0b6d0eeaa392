"""`manage.py gdpr export|erase <contact>`: hand over, or end, everything that is kept of a person."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit import SYSTEM
from crm.models import Contact
from crm.search import address_of
from workflows.erase import Erased, ErasureBusyError, counted, erase_all
from workflows.export import export_recorded

SHOWN = 50


class Command(BaseCommand):
    """A contact is named by its number, its email or its phone. Several may have the same: then it asks which."""

    help = "RGPD : exporte (JSON) ou efface tout ce qui est gardé d'une personne."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be done, to whom."""
        parser.add_argument("action", choices=["export", "erase"])
        parser.add_argument("contact", help="numéro, email ou téléphone")
        parser.add_argument("--organization", default="", help="l'identifiant de l'organisation")
        parser.add_argument("--all", action="store_true", help="tous ceux qui répondent à cette adresse")
        parser.add_argument("--yes", action="store_true", help="erase : sans demander")
        parser.add_argument("--reason", default="", help="erase : pourquoi (gardé au journal, sans le nom)")
        parser.add_argument("--out", default="", help="export : le fichier ; sinon la sortie standard")

    def handle(self, *args: object, **options: Any) -> None:
        """Find who is meant, and do it."""
        found = _found(options["contact"], options["organization"])
        if not found:
            self._nobody(options)
            return
        chosen = found if options["all"] or len(found) == 1 else self._ask_which(found)
        if options["action"] == "export":
            self._export(chosen, options["out"])
        else:
            self._erase(chosen, options["reason"], is_sure=options["yes"])

    def _nobody(self, options: dict[str, Any]) -> None:
        """An erasure that is asked for again has nothing left to do: that is no mistake."""
        if options["action"] == "export":
            raise CommandError("Aucun contact n'a ce numéro, cet email ou ce téléphone.")
        self.stdout.write("Rien à effacer : aucun contact n'a ce numéro, cet email ou ce téléphone.")

    def _export(self, contacts: list[Contact], out: str) -> None:
        now = timezone.now()
        documents = [export_recorded(contact, SYSTEM, now) for contact in contacts]
        text = json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, ensure_ascii=False)
        if not out:
            self.stdout.write(text)
            return
        try:
            Path(out).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"« {out} » ne s'écrit pas : {error}") from None
        self.stdout.write(f"{len(documents)} personne(s) exportée(s) dans {out}.")

    def _erase(self, contacts: list[Contact], reason: str, *, is_sure: bool) -> None:
        now = timezone.now()
        self._list(contacts)
        for title, rows in counted(contacts, now).items():
            self.stdout.write(f"  {title} : {rows}")
        if not is_sure and self._answer("Effacer pour toujours ? Écrivez « effacer » : ") != "effacer":
            raise CommandError("Rien n'a été effacé.")
        try:
            self._say(erase_all([contact.pk for contact in contacts], SYSTEM, reason, now))
        except ErasureBusyError as error:
            raise CommandError(str(error)) from None

    def _say(self, done: Erased) -> None:
        self.stdout.write(f"{done.people} personne(s) effacée(s), {sum(done.rows.values())} lignes.")
        if done.copies:
            self.stdout.write(f"Chez Twilio, {done.copies} texte(s) seront vidés dans la minute.")
        if done.rows.get("messages"):
            self.stdout.write(
                "Resend n'offre pas d'effacer un email envoyé : il le garde le temps prévu par son offre "
                "(docs/privacy.md)."
            )

    def _ask_which(self, contacts: list[Contact]) -> list[Contact]:
        self._list(contacts)
        text = self._answer("Lequel ? Son numéro (--all : tous) : ").removeprefix("#")
        chosen = [contact for contact in contacts if str(contact.pk) == text]
        if not chosen:
            raise CommandError("Plusieurs contacts ont cette adresse : donnez le numéro de l'un, ou --all.")
        return chosen

    def _list(self, contacts: list[Contact]) -> None:
        for contact in contacts[:SHOWN]:
            address = " ".join(filter(None, (contact.email, contact.phone)))
            owner = f"{contact.organization.slug}, site {contact.site.slug}"
            self.stdout.write(f"#{contact.pk} {contact.name} {address} ({owner})")

    def _answer(self, question: str) -> str:
        try:
            return input(question).strip()
        except EOFError:
            return ""


def _found(term: str, organization: str) -> list[Contact]:
    """Return the contacts that a number, an email or a phone means."""
    contacts = Contact.objects.select_related("organization", "site").order_by("pk")
    if organization:
        contacts = contacts.filter(organization__slug=organization)
    number, address = term.removeprefix("#"), address_of(term)
    if "@" in address:
        return list(contacts.filter(email=address))
    if address.startswith("+"):
        return list(contacts.filter(phone=address))
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    return list(contacts.filter(pk=int(number))) if is_number else []

"""`manage.py demo`: play a plumber's evening against the running system, through its API, as a site would."""

import json
import time
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime

PATIENCE_SECONDS = 15.0
CONTACT = {"nom": "Camille Martin", "email": "camille.martin@example.com", "telephone": "06 78 12 34 56"}


class Command(BaseCommand):
    """Deploys the plumber, reports a call, asks why it waits, reports its end and a review, prints the timeline."""

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Play the story. Raises CommandError when the system does not answer."""
        try:
            access = json.loads((settings.DATA_DIR / "demo.json").read_text())
        except OSError:
            raise CommandError("Lancez d'abord « make run » dans un autre terminal.") from None
        self.url = access["url"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {access['site_key']}"
        call = f"demo-{int(time.time())}"

        self.stdout.write("1. Le secteur plombier est déployé sur le site de démonstration.")
        body = {"action": "auto_deploy_sector", "secteur": "plombier", "siteId": access["site"]}
        for lack in self._call("POST", "/api/workflows", body)["data"]["manques"]:
            self.stdout.write(f"   à savoir : {lack['message']}")
        self.stdout.write("2. Camille appelle : une fuite. Le site le signale.")
        event = self._report("appel_urgence", call, probleme="fuite d'eau", adresse="4 rue du Port, Lyon")
        execution = self._wait(lambda: self._started(event))
        self._wait(lambda: self._has(execution, "accuse"))
        self._explain(self._read(execution)["explication"])
        self.stdout.write("3. Le plombier a fini plus vite que prévu.")
        self._report("intervention_terminee", call)
        self._wait(lambda: self._has(execution, "terminee"))
        self.stdout.write("4. Camille est contente : l'objectif est atteint.")
        self._report("avis_client", call, note=5)
        self._wait(lambda: self._read(execution)["statut"] == "convertie")
        lead = self._wait(self._classified)
        by = {"rules": "par les règles", "model": "par un modèle", "person": "par une personne"}[lead["classe_par"]]
        self.stdout.write(
            f"5. Camille est un lead {lead['qualite']} ({lead['score']} sur 100, {by}). {lead['pourquoi']}"
        )
        self._print(self._read(execution))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            answer = self.session.request(method, self.url + path, json=body, timeout=10)
        except requests.RequestException as error:
            raise CommandError(f"{self.url} ne répond pas : lancez « make run ».") from error
        if not answer.ok:
            raise CommandError(f"{path} : {answer.text}")
        return answer.json()

    def _report(self, name: str, call: str, **data: Any) -> str:
        body = {"evenement": name, "contactData": CONTACT, "donnees": {"appel_id": call, **data}}
        return str(self._call("POST", "/api/events", body)["id"])

    def _started(self, event: str) -> str | None:
        executions = self._call("GET", f"/api/events/{event}")["executions"]
        return str(executions[0]["id"]) if executions else None

    def _read(self, execution: str) -> Any:
        return self._call("GET", f"/api/workflows/execute/{execution}")["data"]

    def _has(self, execution: str, template: str) -> bool:
        return any(
            line["type"] == "message" and template in line["titre"] and line["statut"] == "envoyé"
            for line in self._read(execution)["chronologie"]
        )

    def _classified(self) -> Any:
        leads = self._call("GET", "/api/leads")["data"]
        return next((lead for lead in leads if lead["contact"]["email"] == CONTACT["email"] and lead["qualite"]), None)

    def _wait(self, look: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            if time.monotonic() > deadline:
                raise CommandError(f"Rien ne s'est passé en {PATIENCE_SECONDS:.0f} s : voyez les journaux.")
            time.sleep(0.1)
        return found

    def _explain(self, explanation: Any) -> None:
        """Print what the execution's page says under « Pourquoi ? »."""
        self.stdout.write(f"   Pourquoi ? {explanation['pourquoi']}")
        self.stdout.write("   Si rien d'autre n'arrive :")
        for coming in explanation["ensuite"]:
            self.stdout.write(f"     {_local(coming['le']):%d/%m %H:%M}  {coming['texte']}")
        self.stdout.write("   Ce qui la ferait avancer :")
        for mover in explanation["fait_avancer"]:
            when = f" ({mover['condition']})" if mover["condition"] else ""
            self.stdout.write(f"     {mover['evenement']}{when} : {mover['effet']}")

    def _print(self, execution: Any) -> None:
        self.stdout.write(f"\nExécution {execution['id']} : {execution['workflow']['nom']}, {execution['statut']}")
        for line in execution["chronologie"]:
            state = f" ({line['statut']})" if line["statut"] else ""
            text = f" — {line['texte']}" if line["texte"] else ""
            self.stdout.write(f"  {_local(line['le']):%H:%M:%S}  {line['titre']}{state}{text}")


def _local(instant: str) -> datetime:
    return localtime(datetime.fromisoformat(instant))

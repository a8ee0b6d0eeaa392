"""Drafts, versions, differences, migrations, export and import over REST."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from tests.make import make_execution, make_workflow
from workflows.models import DefinitionVersion, Workflow

GOOD = "trigger: {event: demande}\nsteps:\n  - {id: pause, wait: 20m}\n"
FILE = (
    "slug: accueil\nname: Accueil\ndefinition:\n  trigger: {event: demande}\n  steps:\n    - {id: pause, wait: 20m}\n"
)
PLAIN = {
    "trigger": {"event": "demande"}, "steps": [{"id": "pause", "wait": "15m"}, {"id": "note", "task": "Rappeler"}],
}  # fmt: skip
YAML = {"Content_Type": "application/yaml"}


@pytest.fixture
def workflow(api: Any) -> Workflow:
    return make_workflow(PLAIN, site=api.site, slug="accueil", name="Accueil")


def at(tail: str = "") -> str:
    return f"/api/workflows/accueil/{tail}"


def refused(answer: Any, status: int, code: str, field: str | None = None) -> None:
    found = answer.json()
    assert (answer.status_code, found["error"], found.get("field")) == (status, code, field), found


def test_from_a_draft_to_a_version(api: Any, workflow: Workflow) -> None:
    saved = api.put(at("draft"), {"yaml": GOOD}).json()["data"]
    assert (saved["yaml"], saved["avis"]) == (GOOD, {"valide": True, "erreurs": [], "avertissements": []})
    assert api.get(at("draft")).json()["data"] == saved
    changes = api.get(at("diff")).json()["data"]
    assert (changes["de"], changes["a"]) == ("1", "brouillon")
    assert [change["texte"] for change in changes["differences"]] == [
        "Étape « pause » modifiée : wait : 15m → 20m", "Étape « note » supprimée : Confier une tâche : Rappeler",
    ]  # fmt: skip
    done = api.post(at("publish"), {"revision": saved["revision"]}).json()["data"]
    assert (done["version"], done["avis"]["valide"]) == (2, True)
    versions = api.get(at("versions")).json()["data"]
    assert [(v["numero"], v["actuelle"], v["publiee_par"]) for v in versions] == [
        (2, True, saved["par"]), (1, False, ""),
    ]  # fmt: skip
    assert api.get(at("diff?de=2&a=1")).json()["data"]["differences"][1]["type"] == "ajout"
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {saved["par"]}
    refused(api.get(at("draft")), 404, "pas_de_brouillon")
    refused(api.post(at("publish"), {"revision": "x"}), 409, "conflit", "revision")


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"definition": PLAIN}, {}), (GOOD.encode(), YAML), (b"\xef\xbb\xbf" + GOOD.encode(), YAML)],
)
def test_a_draft_comes_as_json_or_as_it_is(api: Any, workflow: Workflow, body: Any, headers: dict[str, str]) -> None:
    assert api.put(at("draft"), body, **headers).json()["data"]["avis"]["valide"]


def test_any_text_is_kept_with_what_is_wrong_with_it(api: Any, workflow: Workflow) -> None:
    text = GOOD + "  - {id: sms, send: fax, template: a}\n"
    saved = api.put(at("draft"), {"yaml": text})
    assert saved.status_code == 200
    (remark,) = saved.json()["data"]["avis"]["erreurs"]
    assert remark == {"chemin": "steps[1].send", "ligne": 4, "texte": "doit être 'email', 'sms' ou 'whatsapp'"}
    answer = api.post(at("publish"), {"revision": saved.json()["data"]["revision"]})
    refused(answer, 422, "definition_invalide", "steps[1].send")
    assert answer.json()["erreurs"] == [remark]
    refused(api.get(at("diff")), 422, "definition_invalide", "steps[1].send")


def test_a_text_is_checked_without_being_kept(api: Any, workflow: Workflow) -> None:
    make_execution(workflow=workflow, at="note")
    found = api.post(at("draft/validate"), {"yaml": GOOD}).json()["data"]
    assert (found["valide"], len(found["avertissements"])) == (True, 1)
    refused(api.post(at("draft/validate"), {}), 404, "pas_de_brouillon")
    api.put(at("draft"), {"yaml": "x"})
    assert not api.post(at("draft/validate"), {}).json()["data"]["valide"]
    assert Workflow.objects.get().draft == "x"


def test_what_was_not_seen_is_not_overwritten(api: Any, workflow: Workflow) -> None:
    seen = api.put(at("draft"), {"yaml": GOOD}).json()["data"]["revision"]
    api.put(at("draft"), {"yaml": GOOD + "# autre\n"})
    refused(api.put(at("draft"), {"yaml": GOOD, "revision": seen}), 409, "conflit", "revision")
    refused(api.post(at("publish"), {"revision": seen}), 409, "conflit", "revision")
    refused(api("DELETE", at(f"draft?revision={seen}")), 409, "conflit", "revision")
    assert api("DELETE", at("draft")).status_code == 204
    assert api("DELETE", at("draft")).status_code == 204
    assert Workflow.objects.get().draft == ""


@pytest.mark.parametrize(
    ("method", "tail", "body", "status", "code", "field"),
    [
        ("PUT", "draft", {"yaml": ""}, 422, "brouillon_invalide", "yaml"),
        ("PUT", "draft", {}, 422, "brouillon_invalide", "yaml"),
        ("PUT", "draft", {"yaml": "x" * 262_145}, 422, "brouillon_invalide", "yaml"),
        ("PUT", "draft", {"yaml": "a", "definition": {}}, 422, "texte_invalide", None),
        ("PUT", "draft", {"texte": "a"}, 422, "champ_inconnu", "texte"),
        ("POST", "publish", {}, 422, "champ_manquant", "revision"),
        ("POST", "migrate", {"vers": 9}, 404, "version_inconnue", "version"),
        ("POST", "migrate", {"vers": 0}, 422, "valeur_invalide", "vers"),
        ("GET", "versions/2", None, 404, "version_inconnue", "version"),
        ("GET", "versions/0", None, 404, "version_inconnue", "version"),
        ("GET", f"versions/{2**70}", None, 404, "version_inconnue", "version"),
        ("GET", "definition?format=xml", None, 400, "parametre_inconnu", "format"),
        ("GET", "diff?de=x", None, 400, "parametre_invalide", "de"),
        ("GET", "diff?a=7", None, 404, "version_inconnue", "version"),
        ("GET", "diff", None, 404, "pas_de_brouillon", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    api: Any, workflow: Workflow, method: str, tail: str, body: Any, status: int, code: str, field: str | None
) -> None:
    refused(api(method, at(tail), body), status, code, field)


def test_text_that_is_not_utf8_is_refused(api: Any, workflow: Workflow) -> None:
    refused(api.put(at("draft"), b"\xff", **YAML), 400, "yaml_invalide")


def test_a_version_is_exported_and_imported_elsewhere(api: Any, stranger: Any, workflow: Workflow) -> None:
    assert api.get(at("definition")).json()["data"]["definition"] == workflow.version.document
    answer = api.get(at("definition?format=yaml"))
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert api.get(at("versions/1?format=yaml")).content == answer.content
    refused(stranger.get(at("definition")), 404, "workflow_inconnu", "workflowId")
    done = stranger.post("/api/workflows/import?publier=true", answer.content, **YAML)
    assert (done.status_code, done.json()["data"]["version"]) == (201, 1)
    copy = Workflow.objects.get(site=stranger.site)
    assert (copy.slug, copy.name, copy.version.document) == ("accueil", "Accueil", workflow.version.document)
    assert stranger.get(at("definition?format=yaml")).content == answer.content


def test_an_import_becomes_a_draft_and_does_not_overwrite_another(api: Any, workflow: Workflow) -> None:
    first = api.post("/api/workflows/import", {"yaml": FILE})
    assert (first.status_code, first.json()["data"]["version"]) == (200, None)
    other = FILE.replace("20m", "30m")
    refused(api.post("/api/workflows/import", {"yaml": other}), 409, "conflit", "revision")
    assert api.post("/api/workflows/import", {"yaml": other, "remplacer": True}).status_code == 200
    assert "30m" in Workflow.objects.get().draft
    refused(api.post("/api/workflows/import", {"yaml": GOOD}), 422, "definition_invalide", "slug")
    refused(api.post("/api/workflows/import", {"yaml": "[" * 9}), 422, "definition_invalide")
    refused(api.post("/api/workflows/import", {"yaml": other.replace("demande", "Non !")}), 422, "definition_invalide",
            "trigger.event")  # fmt: skip


def test_executions_are_counted_then_moved(api: Any, workflow: Workflow) -> None:
    for step in ("pause", "pause", "note"):
        make_execution(workflow=workflow, at=step)
    revision = api.put(at("draft"), {"yaml": GOOD}).json()["data"]["revision"]
    api.post(at("publish"), {"revision": revision})
    stuck = [{"etape": "note", "version": 1, "raison": "l'étape n'existe plus", "executions": 1}]
    counted = api.post(at("migrate"), {"apercu": True}).json()["data"]
    assert counted == {"vers": 2, "apercu": True, "migrees": 0, "migrables": 2, "bloquees": stuck}
    assert [v["executions_en_cours"] for v in api.get(at("versions")).json()["data"]] == [0, 3]
    done = api.post(at("migrate"), {}).json()["data"]
    assert done == {"vers": 2, "apercu": False, "migrees": 2, "migrables": 0, "bloquees": stuck}
    assert [v["executions_en_cours"] for v in api.get(at("versions")).json()["data"]] == [2, 1]


def test_a_version_that_is_no_definition_any_more_is_said(api: Any, workflow: Workflow) -> None:
    DefinitionVersion.objects.filter(workflow=workflow).update(document={"steps": []})
    api.put(at("draft"), {"yaml": GOOD})
    for answer in (api.get(at("diff")), api.post(at("migrate"), {})):
        refused(answer, 422, "version_illisible")
    answer = api.get(at("definition?format=yaml"))  # what was published can be exported all the same
    assert answer.content.decode().endswith("definition:\n  steps: []\n")


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", "definition"), ("GET", "draft"), ("PUT", "draft"), ("DELETE", "draft"), ("POST", "draft/validate"),
     ("POST", "publish"), ("GET", "versions"), ("GET", "versions/1"), ("GET", "diff"), ("POST", "migrate")],
)  # fmt: skip
def test_only_the_secret_key_of_the_site_opens(
    api: Any, browser: Any, stranger: Any, nobody: Any, workflow: Workflow, method: str, tail: str
) -> None:
    body = {"yaml": GOOD} if "draft" in tail else {"revision": "x"} if tail == "publish" else {}
    assert browser(method, at(tail), body).status_code == 403
    assert nobody(method, at(tail), body).status_code == 401
    refused(stranger(method, at(tail), body), 404, "workflow_inconnu", "workflowId")
    assert browser.post("/api/workflows/import", {"yaml": FILE}).status_code == 403


def test_a_workflow_without_version_has_no_definition(api: Any) -> None:
    Workflow.objects.create(site=api.site, organization=api.site.organization, slug="accueil", name="A")
    refused(api.get(at("definition")), 404, "version_inconnue", "version")
    assert api.get(at("versions")).json()["data"] == []

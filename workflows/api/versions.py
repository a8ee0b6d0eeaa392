"""The definitions of a workflow: draft, check, publish, compare, migrate, export and import."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, choice, media_type, number, page, parse, read_body, read_bytes
from crm.api import PROBLEMS
from crm.serializers import Problem
from workflows import draft
from workflows.actions import find_workflow
from workflows.analytics import identity
from workflows.api.version_models import (
    DefinitionAnswer,
    DiffAnswer,
    DraftAnswer,
    DraftRequest,
    ImportedAnswer,
    ImportRequest,
    MigrateRequest,
    MigrationAnswer,
    PublishedAnswer,
    PublishRequest,
    VerdictAnswer,
    VersionPage,
)
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS
from workflows.definition import Definition, DefinitionError
from workflows.diff import differences
from workflows.exchange import ExchangeError, from_yaml, to_yaml
from workflows.migrate import Stuck, migrate, preview
from workflows.models import DefinitionVersion, Workflow
from workflows.programs import definition_of
from workflows.standing import standing_of
from workflows.verdict import Remark, Verdict

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
YAML = "application/yaml"
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="Identifiant ou slug du workflow.")
FORMAT = OpenApiParameter("format", str, enum=["json", "yaml"], description="json sans indication.")
DRAFT = "brouillon"
# A call moves this many at most, so that it is answered in time: the next call goes on.
MOST_MOVED = 10_000


def _remarks(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    return [{"chemin": remark.path, "ligne": remark.line, "texte": remark.text} for remark in remarks]


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "valide": verdict.is_good,
        "erreurs": _remarks(verdict.errors),
        "avertissements": _remarks(verdict.warnings),
    }


def _invalid(errors: Sequence[Remark]) -> ApiError:
    """Return the error of a definition with mistakes: the first in the usual shape, all of them beside it."""
    error = ApiError(422, "definition_invalide", str(errors[0]), field=errors[0].path or None)
    error.content["erreurs"] = _remarks(errors)
    return error


@contextmanager
def _answered() -> Iterator[None]:
    """Answer what drafts refuse. Raises ApiError 409 and 422."""
    try:
        yield
    except draft.DraftConflictError as error:
        raise ApiError(409, "conflit", str(error), field="revision") from None
    except draft.NotPublishableError as error:
        raise _invalid(error.verdict.errors) from None
    except draft.DraftError as error:
        raise ApiError(422, "brouillon_invalide", str(error), field="yaml") from None
    except ExchangeError as error:
        raise _invalid(error.errors) from None


def _document(request: Request) -> Any:
    """Return the body: JSON, or YAML as the field « yaml » beside the parameters of the address."""
    if media_type(request) not in YAML_TYPES:
        return read_body(request)
    try:
        text = read_bytes(request).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(400, "yaml_invalide", "Le corps n'est pas de l'UTF-8.") from None
    asked = {name: value for name, value in request.query_params.items() if name != "siteId"}
    return {**asked, "yaml": text}


class _WorkflowView(SiteView):
    """A view of one workflow of the site."""

    def workflow(self, name: str) -> Workflow:
        """Return the workflow. Raises ApiError 404."""
        return find_workflow(self.site, name)

    def version(self, workflow: Workflow, wanted: int | None) -> DefinitionVersion:
        """Return a version; None means the published one. Raises ApiError 404."""
        if wanted is None and workflow.version is not None:
            return workflow.version
        found = workflow.versions.filter(number=wanted).first() if wanted and wanted < 2**31 else None
        if found is None:
            raise ApiError(404, "version_inconnue", "Ce workflow n'a pas cette version.", field="version")
        return found

    @property
    def by(self) -> str:
        """Who acts: the key, by its beginning."""
        key: Any = self.request.auth
        return str(key.prefix)


def _written(request: Request, workflow: Workflow, version: DefinitionVersion) -> HttpResponse | Response:
    """Answer with a version as JSON or, with its head, as YAML."""
    if choice(request, "format", ["json", "yaml"], "json") == "yaml":
        text = to_yaml(
            version.document, slug=workflow.slug, name=workflow.name, description=workflow.description,
            sector=workflow.sector,
        )  # fmt: skip
        return HttpResponse(text, content_type=f"{YAML}; charset=utf-8")
    said = {"workflow": identity(workflow), "version": version.number, "definition": version.document}
    return Response({"data": said})


DEFINITION: dict[Any, Any] = {
    (200, "application/json"): DefinitionAnswer,
    (200, YAML): OpenApiResponse(OpenApiTypes.STR, "Le même, à garder ou à importer ailleurs."),
    **READ_PROBLEMS,
}


# --- views -----------------------------------------------------------------------------------------------


class DefinitionView(_WorkflowView):
    """`/api/workflows/<name>/definition`"""

    @extend_schema(
        operation_id="lire_definition",
        summary="Ce que fait un workflow, en JSON ou en YAML",
        tags=["Versions"],
        parameters=[NAME, FORMAT],
        responses=DEFINITION,
    )
    def get(self, request: Request, name: str) -> HttpResponse | Response:
        """La version publiée, celle des nouvelles exécutions."""
        workflow = self.workflow(name)
        return _written(request, workflow, self.version(workflow, None))


class DraftView(_WorkflowView):
    """`/api/workflows/<name>/draft`"""

    @extend_schema(
        operation_id="lire_brouillon",
        summary="Le brouillon et son avis",
        tags=["Versions"],
        parameters=[NAME],
        responses={200: DraftAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str) -> Response:
        """404 s'il n'y en a pas."""
        workflow = self.workflow(name)
        if not workflow.draft:
            raise _no_draft()
        return Response({"data": self._said(workflow, draft.validate(workflow, workflow.draft))})

    @extend_schema(
        operation_id="enregistrer_brouillon",
        summary="Enregistrer un brouillon, juste ou non",
        tags=["Versions"],
        parameters=[NAME],
        request={"application/json": DraftRequest, YAML: OpenApiTypes.STR},
        responses={200: DraftAnswer, 409: Problem, **PROBLEMS},
    )
    def put(self, request: Request, name: str) -> Response:
        """Tout texte est enregistré ; l'avis dit ce qui empêche de le publier."""
        workflow, asked = self.workflow(name), parse(DraftRequest, _document(request))
        with _answered():
            verdict = draft.save(
                workflow, asked.text() or "", by=self.by, now=timezone.now(), seen=asked.revision
            )  # fmt: skip
        return Response({"data": self._said(workflow, verdict)})

    @extend_schema(
        operation_id="abandonner_brouillon",
        summary="Abandonner le brouillon",
        tags=["Versions"],
        parameters=[NAME, OpenApiParameter("revision", str, description="Celle qui a été lue.")],
        responses={204: None, 409: Problem, **READ_PROBLEMS},
    )
    def delete(self, request: Request, name: str) -> Response:
        """La version publiée reste ce qu'elle est. Sans brouillon, rien ne change."""
        with _answered():
            seen = request.query_params.get("revision")
            draft.discard(self.workflow(name), by=self.by, now=timezone.now(), seen=seen)
        return Response(status=204)

    def _said(self, workflow: Workflow, verdict: Verdict) -> dict[str, Any]:
        return {
            "workflow": identity(workflow),
            "yaml": workflow.draft,
            "par": workflow.draft_by,
            "le": workflow.draft_at,
            "revision": draft.revision(workflow),
            "avis": _verdict(verdict),
        }


def _no_draft() -> ApiError:
    return ApiError(404, "pas_de_brouillon", "Ce workflow n'a pas de brouillon.")


class ValidateView(_WorkflowView):
    """`/api/workflows/<name>/draft/validate`"""

    @extend_schema(
        operation_id="valider_brouillon",
        summary="Ce qui empêcherait de publier, sans rien enregistrer",
        tags=["Versions"],
        parameters=[NAME],
        request={"application/json": DraftRequest, YAML: OpenApiTypes.STR},
        responses={200: VerdictAnswer, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Le texte du corps ou, s'il n'y en a pas (`{}`), le brouillon enregistré."""
        workflow, text = self.workflow(name), parse(DraftRequest, _document(request)).text()
        if text is None and not workflow.draft:
            raise _no_draft()
        return Response({"data": _verdict(draft.validate(workflow, workflow.draft if text is None else text))})


class PublishView(_WorkflowView):
    """`/api/workflows/<name>/publish`"""

    @extend_schema(
        operation_id="publier_brouillon",
        summary="Publier le brouillon",
        tags=["Versions"],
        parameters=[NAME],
        request=PublishRequest,
        responses={200: PublishedAnswer, 409: Problem, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Il devient la version des nouvelles exécutions ; celles en cours restent sur la leur."""
        workflow, asked = self.workflow(name), parse(PublishRequest, read_body(request))
        with _answered():
            done = draft.publish(workflow, by=self.by, now=timezone.now(), seen=asked.revision)
        said = {"workflow": identity(workflow), "version": done.version.number, "avis": _verdict(done.verdict)}
        return Response({"data": said})


class VersionsView(_WorkflowView):
    """`/api/workflows/<name>/versions`"""

    @extend_schema(
        operation_id="lister_versions",
        summary="Les versions publiées",
        tags=["Versions"],
        parameters=[NAME, CURSOR, LIMIT],
        responses={200: VersionPage, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str) -> Response:
        """Les plus récentes d'abord, avec les exécutions en cours de chacune."""
        workflow = self.workflow(name)
        counts: Counter[int] = Counter()
        for spot in standing_of(workflow):
            counts[spot.version_id] += spot.n if spot.is_active else 0
        return Response(page(request, workflow.versions.all(), lambda version: {
            "numero": version.number,
            "publiee_le": version.created_at,
            "publiee_par": version.published_by,
            "actuelle": version.pk == workflow.version_id,
            "executions_en_cours": counts[version.pk],
        }))  # fmt: skip


class VersionView(_WorkflowView):
    """`/api/workflows/<name>/versions/<number>`"""

    @extend_schema(
        operation_id="lire_version",
        summary="Une version publiée, en JSON ou en YAML",
        tags=["Versions"],
        parameters=[NAME, OpenApiParameter("number", str, OpenApiParameter.PATH), FORMAT],
        responses=DEFINITION,
    )
    def get(self, request: Request, name: str, number: int) -> HttpResponse | Response:
        """Telle qu'elle a été publiée : une version ne change jamais."""
        workflow = self.workflow(name)
        return _written(request, workflow, self.version(workflow, number or -1))


class DiffView(_WorkflowView):
    """`/api/workflows/<name>/diff`"""

    @extend_schema(
        operation_id="comparer_versions",
        summary="Ce qui change d'une version à l'autre, en français",
        tags=["Versions"],
        parameters=[
            NAME,
            OpenApiParameter("de", str, description="Un numéro de version ; sans indication, la version publiée."),
            OpenApiParameter("a", str, description="Un numéro de version ou « brouillon », sans indication aussi."),
        ],
        responses={200: DiffAnswer, 422: Problem, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str) -> Response:
        """Les étapes sont reconnues à leur identifiant."""
        workflow = self.workflow(name)
        old_name, old = self._side(request, workflow, "de", None)
        new_name, new = self._side(request, workflow, "a", DRAFT)
        found = [{"type": d.kind, "etape": d.step, "texte": d.text} for d in differences(old, new)]
        return Response({"data": {"de": old_name, "a": new_name, "differences": found}})

    def _side(self, request: Request, workflow: Workflow, name: str, default: str | None) -> tuple[str, Definition]:
        """Return one of the two and what to call it. Raises ApiError 400, 404 and 422."""
        if request.query_params.get(name, default) == DRAFT:
            if not workflow.draft:
                raise _no_draft()
            with _answered():
                return DRAFT, from_yaml(workflow.draft).definition
        wanted = number(request, name, 1) if request.query_params.get(name) else None
        version = self.version(workflow, wanted)
        with _readable(version):
            return str(version.number), definition_of(version.pk)


@contextmanager
def _readable(version: DefinitionVersion) -> Iterator[None]:
    """Answer for a version of an older release that is not a definition any more. Raises ApiError 422."""
    try:
        yield
    except DefinitionError as error:
        raise ApiError(
            422, "version_illisible", f"La version {version.number} ne se lit plus : {error.errors[0]}"
        ) from None


class MigrateView(_WorkflowView):
    """`/api/workflows/<name>/migrate`"""

    @extend_schema(
        operation_id="migrer_executions",
        summary="Faire passer les exécutions en cours à une autre version",
        tags=["Versions"],
        parameters=[NAME],
        request=MigrateRequest,
        responses={200: MigrationAnswer, **PROBLEMS},
    )
    def post(self, request: Request, name: str) -> Response:
        """Celles dont l'étape existe encore, 10 000 par appel au plus ; `apercu` compte sans rien changer."""
        workflow, asked = self.workflow(name), parse(MigrateRequest, read_body(request))
        version = self.version(workflow, asked.vers)
        with _readable(version):
            if asked.apercu:
                counted = preview(workflow, version)
                return _migration(version, True, 0, counted.movable, counted.stuck)
            done = migrate(workflow, version, by=self.by, now=timezone.now(), limit=MOST_MOVED)
        return _migration(version, False, done.moved, done.left, done.stuck)


def _migration(version: DefinitionVersion, is_preview: bool, moved: int, left: int, stuck: Sequence[Stuck]) -> Response:
    groups = [{"etape": g.step, "version": g.version, "raison": g.reason, "executions": g.count} for g in stuck]
    said = {"vers": version.number, "apercu": is_preview, "migrees": moved, "migrables": left, "bloquees": groups}
    return Response({"data": said})


class ImportView(SiteView):
    """`/api/workflows/import`"""

    @extend_schema(
        operation_id="importer_workflow",
        summary="Prendre un workflow en YAML comme brouillon",
        tags=["Versions"],
        request={"application/json": ImportRequest, YAML: OpenApiTypes.STR},
        responses={200: ImportedAnswer, 201: ImportedAnswer, 409: Problem, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Le slug dit lequel ; il est créé (201) s'il n'existe pas. `publier` en fait aussitôt une version."""
        asked = parse(ImportRequest, _document(request))
        key: Any = request.auth
        with _answered():
            done = draft.take_in(
                self.site, asked.yaml, by=key.prefix, now=timezone.now(), may_replace=asked.remplacer,
                is_published=asked.publier,
            )  # fmt: skip
        said = {
            "workflow": identity(done.workflow),
            "nouveau": done.is_new,
            "version": done.version.number if done.version else None,
            "revision": draft.revision(done.workflow),
            "avis": _verdict(done.verdict),
        }
        return Response({"data": said}, status=201 if done.is_new else 200)

"""The JSON Schema of the workflow language, for editors and programs that write definitions."""

import json
from functools import lru_cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from berinia.api import JSONView
from workflows.schema import schema

FRESH_SECONDS = 3_600


class WorkflowSchemaView(JSONView):
    """`/api/schema/workflow.json`"""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="lire_schema_workflow",
        summary="Le schéma JSON d'une définition de workflow",
        tags=["Workflows"],
        auth=[],
        responses={200: OpenApiResponse({"type": "object"}, "JSON Schema (2020-12).")},
    )
    def get(self, request: Request) -> HttpResponse:
        """Public, sans clé, à garder une heure ; avec ETag."""
        plain: HttpRequest = request._request
        body = written(plain.build_absolute_uri(plain.path))
        response = HttpResponse(body, content_type="application/schema+json")
        response["ETag"] = etag = f'"{sha256(body).hexdigest()[:32]}"'
        patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
        answer: HttpResponse = get_conditional_response(plain, etag=etag, response=response) or response
        return answer


@lru_cache(maxsize=16)
def written(address: str) -> bytes:
    """Return the schema that is published at an address, as JSON."""
    return json.dumps(schema(address), ensure_ascii=False, indent=1).encode()

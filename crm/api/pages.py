"""What lists have in common."""

from drf_spectacular.utils import OpenApiParameter

from crm.serializers import Problem

CURSOR = OpenApiParameter("cursor", str, description="Le « suivant » de la page précédente.")
LIMIT = OpenApiParameter("limit", int, description="Lignes par page : 50 sans indication, 200 au plus.")
READ_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 429), Problem)

"""The segments of a site: here and not in crm, for their conditions are those of workflows."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import page
from crm.models import Segment, SegmentMember
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS


class SegmentOut(BaseModel):
    """Un segment : une condition sur les contacts, et combien la remplissent."""

    id: str
    segment: str = Field(description="Son identifiant (slug) : celui des déclencheurs et des inscriptions.")
    nom: str
    condition: str
    contacts: int
    a_jour_au: datetime | None = Field(description="null : nouveau, ou sa condition vient de changer.")


class SegmentPage(BaseModel):
    """Une page de segments."""

    data: list[SegmentOut]
    suivant: str | None


class SegmentsView(SiteView):
    """`/api/segments`"""

    @extend_schema(
        operation_id="lister_segments",
        summary="Les segments du site",
        tags=["Contacts"],
        parameters=[CURSOR, LIMIT],
        responses={200: SegmentPage, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Les plus récents d'abord, par pages ; un segment est actualisé chaque minute."""
        found = page(request, Segment.objects.filter(site=self.site), lambda segment: segment)
        counts = member_counts([segment.pk for segment in found["data"]])
        return Response({**found, "data": [segment_json(s, counts.get(s.pk, 0)) for s in found["data"]]})


def member_counts(segment_ids: list[int]) -> dict[int, int]:
    """Return how many members segments have."""
    rows = SegmentMember.objects.filter(segment_id__in=segment_ids).order_by().values_list("segment_id")
    return dict(rows.annotate(n=Count("pk")))


def segment_json(segment: Segment, members: int) -> dict[str, Any]:
    """Write a segment."""
    return {
        "id": str(segment.pk),
        "segment": segment.slug,
        "nom": segment.name,
        "condition": segment.condition,
        "contacts": members,
        "a_jour_au": segment.refreshed_at,
    }

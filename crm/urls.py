"""Where events come in, and leads are read and moved."""

from django.urls import path

from crm.api.events import EventBatchView, EventsView
from crm.api.leads import LeadsView, LeadView, NotesView

urlpatterns = [
    path("api/events", EventsView.as_view(), name="events"),
    path("api/events/batch", EventBatchView.as_view(), name="events-batch"),
    path("api/leads", LeadsView.as_view(), name="leads"),
    path("api/leads/<int:lead_id>", LeadView.as_view(), name="lead"),
    path("api/contacts/<int:contact_id>/notes", NotesView.as_view(), name="notes"),
]

"""Where events come in."""

from django.urls import path

from crm.api import EventBatchView, EventsView

urlpatterns = [
    path("api/events", EventsView.as_view(), name="events"),
    path("api/events/batch", EventBatchView.as_view(), name="events-batch"),
]

"""Addresses that providers and contacts call."""

from django.urls import path

from communications.unsubscribe import unsubscribe
from communications.webhooks import twilio_sms, twilio_status

urlpatterns = [
    path("webhooks/twilio/status", twilio_status, name="twilio-status"),
    path("webhooks/twilio/sms", twilio_sms, name="twilio-sms"),
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
]

"""Addresses that providers and contacts call."""

from django.urls import path

from communications.alert_stop import stop_alerts
from communications.unsubscribe import unsubscribe
from communications.webhooks import twilio_sms, twilio_status

urlpatterns = [
    path("webhooks/twilio/status", twilio_status, name="twilio-status"),
    path("webhooks/twilio/sms", twilio_sms, name="twilio-sms"),
    path("alertes/<str:token>", stop_alerts, name="alert-stop"),
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
]

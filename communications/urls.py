"""Addresses that providers and contacts call."""

from django.urls import path

from communications.alert_stop import stop_alerts
from communications.report_stop import stop_reports
from communications.unsubscribe import unsubscribe
from communications.webhooks import clicked, opened, resend_webhook, twilio_sms, twilio_status, twilio_whatsapp

urlpatterns = [
    path("webhooks/resend", resend_webhook, name="resend-webhook"),
    path("webhooks/twilio/status", twilio_status, name="twilio-status"),
    path("webhooks/twilio/sms", twilio_sms, name="twilio-sms"),
    path("alertes/<str:token>", stop_alerts, name="alert-stop"),
    path("rapports/<str:token>", stop_reports, name="report-stop"),
    path("webhooks/twilio/whatsapp", twilio_whatsapp, name="twilio-whatsapp"),
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("o/<str:token>.gif", opened, name="message-opened"),
    path("c/<str:token>", clicked, name="message-clicked"),
]

"""Dead letters of a site, and what was rejected, latest first, without reading the rest. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("communications", "0011_days_and_reports")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["site", "-id"], include=["status", "reason"], name="message_dead",
                condition=models.Q(status__in=["failed", "unknown", "suppressed"]),
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["site", "-id"], name="message_rejected",
                condition=models.Q(status__in=["bounced", "complained"]),
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

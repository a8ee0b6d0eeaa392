"""Messages by status: all but those on their way out, which have indexes of their own. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

SETTLED = [
    "held", "unknown", "sent", "delivered", "opened", "clicked", "bounced", "complained", "failed", "suppressed",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("communications", "0003_full_strength")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["status", "-id"], name="message_by_status", condition=models.Q(status__in=SETTLED)
            ),
        ),
        RemoveIndexConcurrently("message", "message_troubled"),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

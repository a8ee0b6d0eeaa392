"""What is due, by channel, so that a channel that has to wait is not read over; members of a batch. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("communications", "0006_trusted_messages")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "message",
            models.Index(
                models.F("channel"), models.F("category").desc(), models.F("due_at"),
                name="message_due_on_channel", condition=models.Q(status="queued"),
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["batch_id"], name="message_of_batch", condition=models.Q(batch_id__isnull=False)
            ),
        ),
        RemoveIndexConcurrently("message", "message_due"),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

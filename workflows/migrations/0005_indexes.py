"""Fewer columns in the index by contact, and one by status for what is not on its way. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("workflows", "0004_partitions")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently("execution", models.Index(fields=["contact"], name="execution_of_contact")),
        AddIndexConcurrently(
            "execution",
            models.Index(
                fields=["status", "-id"],
                name="execution_by_status",
                condition=models.Q(status__in=["en_attente", "en_pause", "convertie", "arretee", "echouee"]),
            ),
        ),
        RemoveIndexConcurrently("execution", "execution_history"),
        RemoveIndexConcurrently("execution", "execution_failed"),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

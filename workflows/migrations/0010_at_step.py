"""Who stands at a step is found by an index. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("workflows", "0009_passes_so_far")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "execution",
            models.Index(
                fields=["workflow", "at"],
                name="execution_at_step",
                condition=models.Q(status__in=["en_attente", "en_cours", "en_pause"]),
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

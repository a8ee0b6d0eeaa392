"""The board of leads, filtered by quality: of a million, those that are hot are few. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0009_leads")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "lead", models.Index(fields=["site", "stage", "quality", "-id"], name="lead_of_stage_quality")
        ),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

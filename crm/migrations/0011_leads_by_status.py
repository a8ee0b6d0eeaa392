"""The list of leads, filtered by what is done with them next. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0010_board_by_quality")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently("lead", models.Index(fields=["site", "status", "-id"], name="lead_of_status")),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

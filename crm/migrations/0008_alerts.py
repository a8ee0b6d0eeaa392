"""Who has opted out lately: few of many contacts. Built concurrently."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0007_metrics_by_site")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
        AddIndexConcurrently(
            "contact",
            models.Index(
                fields=["opted_out_at"], name="contact_opted_out", condition=models.Q(opted_out_at__isnull=False)
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
    ]

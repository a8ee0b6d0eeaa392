"""A counter without a workflow is one of its site: two sites do not share it. The index is built concurrently."""

from django.db import migrations, models

NEW = """
CREATE UNIQUE INDEX CONCURRENTLY metric_once_of_site ON metriques_conversion (site_id, workflow_id, hour, name, slot)
"""
USE = "ALTER TABLE metriques_conversion ADD CONSTRAINT metric_once_of_site UNIQUE USING INDEX metric_once_of_site"
OLD = "CREATE UNIQUE INDEX CONCURRENTLY metric_once ON metriques_conversion (workflow_id, hour, name, slot)"
USE_OLD = "ALTER TABLE metriques_conversion ADD CONSTRAINT metric_once UNIQUE USING INDEX metric_once"
DROP = "ALTER TABLE metriques_conversion DROP CONSTRAINT {}"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0006_trusted_messages")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("SET statement_timeout = 0", "SET statement_timeout = 0"),
                migrations.RunSQL(NEW, migrations.RunSQL.noop),
                migrations.RunSQL(USE, DROP.format("metric_once_of_site")),
                migrations.RunSQL(DROP.format("metric_once"), USE_OLD),
                migrations.RunSQL(migrations.RunSQL.noop, OLD),
                migrations.RunSQL("RESET statement_timeout", "RESET statement_timeout"),
            ],
            state_operations=[
                migrations.RemoveConstraint("metric", "metric_once"),
                migrations.AddConstraint(
                    "metric",
                    models.UniqueConstraint(
                        fields=["site_id", "workflow_id", "hour", "name", "slot"], name="metric_once_of_site"
                    ),
                ),
            ],
        )
    ]

"""How the busy tables are kept: room for updates in place, and vacuum before they bloat."""

from django.db import migrations

BUSY = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.02"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE executions_workflow SET (fillfactor = 80, {BUSY})",
            "ALTER TABLE executions_workflow RESET (fillfactor, autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_cost_delay, autovacuum_analyze_scale_factor)",
        ),
    ]

"""What was passed and ended before there were counters of it, counted from the step runs and executions.

Without a lock: it only reads. The engine of the release before counts none of it, so a step that it passes between
this and its end is missing; `manage.py recount_messages` shows how many.
"""

from django.db import migrations

SO_FAR = """
SET LOCAL statement_timeout = 0;
INSERT INTO metriques_etapes (organization_id, site_id, workflow_id, step, name, hour, slot, value)
SELECT x.organization_id, x.site_id, x.workflow_id, p.step, 'passed', p.hour, -1, count(*)
FROM (SELECT execution_id, step, date_trunc('hour', min(at), 'UTC') AS hour FROM etapes_execution
      WHERE right(step, 6) <> '.issue' GROUP BY 1, 2) AS p
JOIN executions_workflow x ON x.id = p.execution_id
GROUP BY 1, 2, 3, 4, 6
UNION ALL
SELECT organization_id, site_id, workflow_id, at, status, date_trunc('hour', ended_at, 'UTC'), -1, count(*)
FROM executions_workflow WHERE ended_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0008_standing_triggers")]

    operations = [migrations.RunSQL(SO_FAR, "DELETE FROM metriques_etapes")]

"""Triggers that count where executions stand, and the counts of what is there already.

The triggers are made and the rows counted under one lock that lets everybody read and nobody write, so that no change
is missed or counted twice. It is held for one pass over the table that groups a few columns: some 0.3 s a million
rows; whoever writes meanwhile waits and goes on.

ENABLE ALWAYS: `manage.py generate` copies with session_replication_role = replica, where other triggers keep still.
"""

from django.db import migrations

KEY = "organization_id, site_id, workflow_id, version_id, status, at"
INSERT = f"INSERT INTO executions_par_etape ({KEY}, n)"
TRIGGERS = f"""
SET LOCAL statement_timeout = 0;
LOCK TABLE executions_workflow IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION standing_inserted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {INSERT} SELECT {KEY}, count(*) FROM new_rows GROUP BY {KEY};
    RETURN NULL;
END $$;
CREATE FUNCTION standing_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {INSERT} SELECT {KEY}, -count(*) FROM old_rows GROUP BY {KEY};
    RETURN NULL;
END $$;
CREATE FUNCTION standing_updated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {INSERT} SELECT {KEY}, sum(n) FROM (
        SELECT {KEY}, 1 AS n FROM new_rows UNION ALL SELECT {KEY}, -1 FROM old_rows
    ) AS changes GROUP BY {KEY} HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION standing_truncated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM executions_par_etape;
    RETURN NULL;
END $$;

CREATE TRIGGER standing_inserted AFTER INSERT ON executions_workflow
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_inserted();
CREATE TRIGGER standing_deleted AFTER DELETE ON executions_workflow
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_deleted();
CREATE TRIGGER standing_updated AFTER UPDATE ON executions_workflow
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION standing_updated();
CREATE TRIGGER standing_truncated AFTER TRUNCATE ON executions_workflow
    FOR EACH STATEMENT EXECUTE FUNCTION standing_truncated();
ALTER TABLE executions_workflow ENABLE ALWAYS TRIGGER standing_inserted;
ALTER TABLE executions_workflow ENABLE ALWAYS TRIGGER standing_deleted;
ALTER TABLE executions_workflow ENABLE ALWAYS TRIGGER standing_updated;
ALTER TABLE executions_workflow ENABLE ALWAYS TRIGGER standing_truncated;

{INSERT} SELECT {KEY}, count(*) FROM executions_workflow GROUP BY {KEY};
"""
NO_TRIGGERS = """
DROP TRIGGER standing_inserted ON executions_workflow;
DROP TRIGGER standing_deleted ON executions_workflow;
DROP TRIGGER standing_updated ON executions_workflow;
DROP TRIGGER standing_truncated ON executions_workflow;
DROP FUNCTION standing_inserted, standing_deleted, standing_updated, standing_truncated;
DELETE FROM executions_par_etape;
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0007_standing")]

    operations = [migrations.RunSQL(TRIGGERS, NO_TRIGGERS)]

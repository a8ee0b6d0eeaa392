"""Where executions stand now: counters that triggers of PostgreSQL keep, so that nobody counts the big table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.Model):
    """So many executions more, or fewer, with this status at this instruction: the truth is the sum of the rows.

    Each statement that changes executions adds a few rows here (workflows/migrations/0008), in its own transaction:
    plain inserts, so nobody waits for anybody. `workflows.standing.fold` adds them up now and then.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.BigIntegerField()
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    status = models.CharField(_("statut"), max_length=20)
    at = models.CharField(_("étape"), max_length=60)
    n = models.IntegerField(_("exécutions"))

    class Meta:
        db_table = "executions_par_etape"
        verbose_name = _("exécutions par étape")
        verbose_name_plural = _("exécutions par étape")
        indexes = [models.Index(fields=["site_id", "workflow_id"], name="standing_of_site")]

    def __str__(self) -> str:
        return f"{self.n:+d} {self.status} {self.at}"

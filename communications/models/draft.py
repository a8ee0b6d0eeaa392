"""What an agent wrote for one step of an execution: its message says this instead of its template's own words."""

from django.db import models

from crm.models import Contact


class AgentDraft(models.Model):
    """Checked before it was stored. Without a row, the message is written from its template."""

    id = models.BigAutoField(primary_key=True)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    execution_id = models.BigIntegerField()
    run = models.SmallIntegerField()
    step = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(help_text="Plain text: no markup, no links.")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "brouillons_agents"
        constraints = [models.UniqueConstraint(fields=["execution_id", "run", "step"], name="agent_draft_once")]

    def __str__(self) -> str:
        return f"{self.execution_id}/{self.run}/{self.step}"

"""What is still to be taken out of providers' records after a person was erased: ids only, no person."""

from django.db import models


class Redaction(models.Model):
    """A copy of a message at a provider whose text is to go. `due_at` of one under way is the end of its lease."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100)
    attempts = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "effacements"
        constraints = [models.UniqueConstraint(fields=["provider", "provider_id"], name="redaction_once")]
        indexes = [
            models.Index(fields=["due_at"], name="redaction_due", condition=models.Q(due_at__isnull=False))
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id}"

"""Several emails handed over in one request, under one key."""

from django.db import models


class SendBatch(models.Model):
    """One request to a provider that carries several messages: repeated only as a whole, in the same order.

    Its members name it in `batch_id`; `due_at` says when it is repeated, None when there is nothing to repeat.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "lots_envoi"
        indexes = [  # deliver: which are to be repeated?
            models.Index(fields=["due_at"], name="batch_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.provider} #{self.pk}"

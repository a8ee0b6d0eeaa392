"""Days that are over, summed: the hourly counters of a day in one row a counter (communications/days.py)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CountedDay(models.Model):
    """A day (of the house's time zone) whose sums stand for its hours."""

    day = models.DateField(_("jour"), primary_key=True)
    counted_at = models.DateTimeField(_("compté le"))

    class Meta:
        db_table = "jours_comptes"
        verbose_name = _("jour compté")
        verbose_name_plural = _("jours comptés")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class MetricDay(models.Model):
    """One counter of one workflow on one day. Those of the ways of a split (with a "/") are read by the hour only."""

    id = models.BigAutoField(primary_key=True)
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    day = models.DateField(_("jour"))
    name = models.CharField(_("mesure"), max_length=120)
    value = models.BigIntegerField(_("valeur"))

    class Meta:
        db_table = "metriques_jour"
        verbose_name = _("mesure d'un jour")
        verbose_name_plural = _("mesures par jour")
        constraints = [
            models.UniqueConstraint(fields=["site_id", "day", "workflow_id", "name"], name="metric_day_once"),
        ]
        indexes = [models.Index(fields=["day"], name="metric_day_of_day")]  # counting a day again

    def __str__(self) -> str:
        return f"{self.name} {self.day:%Y-%m-%d}"


class MessageMetricDay(models.Model):
    """One counter of messages on one day."""

    id = models.BigAutoField(primary_key=True)
    site_id = models.BigIntegerField()
    workflow_id = models.BigIntegerField()
    step = models.CharField(_("étape"), max_length=60)
    template = models.CharField(_("modèle"), max_length=120)
    channel = models.CharField(_("canal"), max_length=20)
    day = models.DateField(_("jour"))
    name = models.CharField(_("mesure"), max_length=20)
    value = models.BigIntegerField(_("valeur"))

    class Meta:
        db_table = "metriques_messages_jour"
        verbose_name = _("mesure de messages d'un jour")
        verbose_name_plural = _("mesures de messages par jour")
        constraints = [
            models.UniqueConstraint(
                fields=["site_id", "day", "workflow_id", "step", "template", "channel", "name"],
                name="message_metric_day_once",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="message_metric_day_of_day")]

    def __str__(self) -> str:
        return f"{self.template} {self.name} {self.day:%Y-%m-%d}"

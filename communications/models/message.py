"""The outbox: one row per message, created once, handed to its provider once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Site
from crm.models import Contact


class Channel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email", _("email")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


class Category(models.TextChoices):
    """Why a message is sent: the law asks more of marketing."""

    TRANSACTIONAL = "transactional", _("transactionnel")
    MARKETING = "marketing", _("commercial")


class MessageStatus(models.TextChoices):
    """Where a message stands."""

    QUEUED = "queued", _("en file")
    HELD = "held", _("retenu")
    SENDING = "sending", _("en cours d'envoi")
    UNKNOWN = "unknown", _("issue inconnue")
    SENT = "sent", _("envoyé")
    DELIVERED = "delivered", _("remis")
    OPENED = "opened", _("ouvert")
    CLICKED = "clicked", _("cliqué")
    BOUNCED = "bounced", _("rejeté")
    COMPLAINED = "complained", _("signalé comme indésirable")
    FAILED = "failed", _("échoué")
    SUPPRESSED = "suppressed", _("non envoyé")


class Message(models.Model):
    """One email, SMS or WhatsApp message to one contact."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="messages", db_index=False)
    event_id = models.BigIntegerField(null=True, help_text="The event its text is written from.")
    execution_id = models.BigIntegerField(null=True)
    workflow_id = models.BigIntegerField(null=True)
    run = models.SmallIntegerField(db_default=1, help_text="Which run of the execution wrote it: see Execution.run.")
    step = models.CharField(_("étape"), max_length=60, blank=True)
    template = models.CharField(_("modèle"), max_length=120)
    channel = models.CharField(_("canal"), max_length=20, choices=Channel.choices)
    category = models.CharField(_("catégorie"), max_length=20, choices=Category.choices)
    status = models.CharField(_("statut"), max_length=20, choices=MessageStatus.choices, default=MessageStatus.QUEUED)
    reason = models.CharField(_("raison"), max_length=60, blank=True)
    detail = models.CharField(_("explication"), max_length=500, blank=True)
    due_at = models.DateTimeField(_("prévu le"), null=True)
    useful_until = models.DateTimeField(_("utile jusqu'au"))
    attempts = models.SmallIntegerField(_("tentatives"), db_default=0)
    calls = models.IntegerField(_("appels"), db_default=0)
    refusals = models.JSONField(
        null=True,
        editable=False,
        help_text="The latest attempts that the provider did not take, oldest first: [{at, said}], `said` "
        "with the code.",
    )
    first_attempt_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(_("dernière tentative"), null=True)
    provider = models.CharField(_("fournisseur"), max_length=20, blank=True)
    provider_id = models.CharField(_("identifiant chez le fournisseur"), max_length=100, blank=True)
    to = models.CharField(_("destinataire"), max_length=254, blank=True)
    payload = models.JSONField(_("contenu envoyé"), null=True)
    reports_outcome = models.BooleanField(
        db_default=False, help_text="Its step waits to hear what became of it, as an event."
    )
    batch_id = models.BigIntegerField(
        null=True, help_text="The one request it is part of (lots_envoi): repeated as a whole, with the same members."
    )
    template_version = models.IntegerField(_("version du modèle"), null=True)
    segments = models.SmallIntegerField(_("segments"), null=True, help_text="Of an SMS, as it was written.")
    created_at = models.DateTimeField(_("créé le"))
    sent_at = models.DateTimeField(_("envoyé le"), null=True)
    delivered_at = models.DateTimeField(_("remis le"), null=True)
    # Each is set once, by the first report of its kind: what the counters count.
    opened_at = models.DateTimeField(_("ouvert le"), null=True)
    clicked_at = models.DateTimeField(_("cliqué le"), null=True)
    replied_at = models.DateTimeField(_("répondu le"), null=True)
    bounced_at = models.DateTimeField(_("rejeté le"), null=True)
    complained_at = models.DateTimeField(_("signalé indésirable le"), null=True)
    unsubscribed_at = models.DateTimeField(_("désinscription le"), null=True)

    class Meta:
        db_table = "messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["execution_id", "run", "step", "channel"], name="message_once"),
        ]
        indexes = [
            # deliver: what is due on a channel? Transactional sorts after marketing, hence the descending order.
            # `due_at` of a message being sent is the end of its lease, of an unknown one the time to look it up.
            models.Index(
                models.F("channel"),
                models.F("category").desc(),
                models.F("due_at"),
                name="message_due_on_channel",
                condition=models.Q(status="queued"),
            ),
            models.Index(  # the members of a batch
                fields=["batch_id"], name="message_of_batch", condition=models.Q(batch_id__isnull=False)
            ),
            models.Index(  # reconcile: whose lease is over, whose outcome is to be looked up?
                fields=["due_at"], name="message_doubtful", condition=models.Q(status__in=["sending", "unknown"])
            ),
            models.Index(fields=["contact", "-id"], name="message_of_contact"),
            models.Index(fields=["site", "-id"], name="message_of_site"),
            models.Index(  # the outbox's dead letters, by reason
                fields=["site", "-id"],
                include=["status", "reason"],
                name="message_dead",
                condition=models.Q(status__in=["failed", "unknown", "suppressed"]),
            ),
            models.Index(  # the outbox's rejections and complaints
                fields=["site", "-id"],
                name="message_rejected",
                condition=models.Q(status__in=["bounced", "complained"]),
            ),
            models.Index(  # lists by status; what is queued or being sent is found by the two first
                fields=["status", "-id"],
                name="message_by_status",
                condition=models.Q(
                    status__in=[
                        "held",
                        "unknown",
                        "sent",
                        "delivered",
                        "opened",
                        "clicked",
                        "bounced",
                        "complained",
                        "failed",
                        "suppressed",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.template} #{self.pk}"

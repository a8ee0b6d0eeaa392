"""Rules, batches, raw webhooks, versions of texts, alerts on their way out, counters of messages. Indexes of messages: 0007."""

import datetime
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from communications.suppress import digest

FIRST_VERSIONS = """
INSERT INTO versions_template (template_id, number, subject, preheader, body, format, transliterates, content_sid,
    content_variables, is_library, created_at, created_by)
SELECT id, 1, subject, preheader, body, 'mjml', true, '', '{}', false, updated_at, '' FROM templates_communication
"""


def fill_digests(apps, schema_editor):
    """Closed addresses are few: an operator's page lists them."""
    for row in apps.get_model("communications", "Suppression").objects.iterator():
        row.digest = digest(row.address)
        row.save(update_fields=["digest"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_trusted_messages'),
        ('communications', '0005_unchecked_owners'),
        ('crm', '0006_trusted_messages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertDelivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('medium', models.CharField(choices=[('email', 'email'), ('slack', 'Slack')], max_length=20, verbose_name='moyen')),
                ('due_at', models.DateTimeField(null=True, verbose_name='prévu le')),
                ('attempts', models.SmallIntegerField(db_default=0, verbose_name='tentatives')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='envoyé le')),
                ('error', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='erreur')),
                ('created_at', models.DateTimeField(verbose_name='créé le')),
            ],
            options={
                'verbose_name': "envoi d'une notification",
                'verbose_name_plural': 'envois de notifications',
                'db_table': 'envois_notification',
            },
        ),
        migrations.CreateModel(
            name='MessageMetric',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('organization_id', models.BigIntegerField()),
                ('site_id', models.BigIntegerField()),
                ('workflow_id', models.BigIntegerField()),
                ('step', models.CharField(max_length=60, verbose_name='étape')),
                ('template', models.CharField(max_length=120, verbose_name='modèle')),
                ('channel', models.CharField(max_length=20, verbose_name='canal')),
                ('hour', models.DateTimeField(verbose_name='heure')),
                ('name', models.CharField(max_length=20, verbose_name='mesure')),
                ('slot', models.SmallIntegerField()),
                ('value', models.BigIntegerField(verbose_name='valeur')),
            ],
            options={
                'verbose_name': 'mesure de messages',
                'verbose_name_plural': 'mesures de messages',
                'db_table': 'metriques_messages',
            },
        ),
        migrations.CreateModel(
            name='NotificationPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email_from', models.CharField(blank=True, choices=[('info', 'information'), ('warning', 'avertissement'), ('error', 'erreur')], default='error', help_text='Vide : jamais par email.', max_length=20, verbose_name='par email à partir de')),
            ],
            options={
                'verbose_name': 'préférence de notification',
                'verbose_name_plural': 'préférences de notification',
                'db_table': 'preferences_notification',
            },
        ),
        migrations.CreateModel(
            name='ReceivedWebhook',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=20, verbose_name='fournisseur')),
                ('kind', models.CharField(help_text="Which of the provider's requests: status, incoming …", max_length=40, verbose_name='type')),
                ('external_id', models.CharField(help_text='What makes a repeat the same one.', max_length=200)),
                ('message_id', models.BigIntegerField(help_text='Our message, where the request names one.', null=True)),
                ('body', models.JSONField(verbose_name='contenu')),
                ('received_at', models.DateTimeField(verbose_name='reçu le')),
                ('processed_at', models.DateTimeField(null=True, verbose_name='appliqué le')),
                ('attempts', models.SmallIntegerField(db_default=0, verbose_name='tentatives')),
                ('error', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='erreur')),
            ],
            options={
                'verbose_name': 'webhook reçu',
                'verbose_name_plural': 'webhooks reçus',
                'db_table': 'webhooks_recus',
            },
        ),
        migrations.CreateModel(
            name='SendBatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=20)),
                ('due_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'lots_envoi',
            },
        ),
        migrations.CreateModel(
            name='SendingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday_from', models.TimeField(default=datetime.time(8, 0), verbose_name='en semaine, de')),
                ('weekday_until', models.TimeField(default=datetime.time(20, 0), verbose_name='en semaine, à')),
                ('saturday_from', models.TimeField(blank=True, default=datetime.time(10, 0), null=True, verbose_name='le samedi, de')),
                ('saturday_until', models.TimeField(blank=True, default=datetime.time(19, 0), null=True, verbose_name='le samedi, à')),
                ('holidays_of', models.CharField(blank=True, default='', help_text='Vide : ceux de toute la métropole, Alsace-Moselle comprise.', max_length=10, verbose_name='jours fériés de')),
                ('window_covers_email', models.BooleanField(default=False, help_text='Les heures valent toujours pour les SMS et WhatsApp commerciaux ; cochez pour les emails aussi.', verbose_name='aussi pour les emails')),
                ('marketing_per_week', models.PositiveSmallIntegerField(default=3, verbose_name='messages commerciaux par contact et par semaine')),
                ('monthly_email', models.PositiveIntegerField(blank=True, help_text="Vide : selon l'offre.", null=True, verbose_name='emails par mois')),
                ('monthly_sms', models.PositiveIntegerField(blank=True, help_text="Vide : selon l'offre.", null=True, verbose_name='SMS par mois')),
                ('monthly_whatsapp', models.PositiveIntegerField(blank=True, help_text="Vide : selon l'offre.", null=True, verbose_name='WhatsApp par mois')),
            ],
            options={
                'verbose_name': "règles d'envoi",
                'verbose_name_plural': "règles d'envoi",
                'db_table': 'regles_envoi',
            },
        ),
        migrations.CreateModel(
            name='SentInMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField()),
                ('month', models.DateField()),
                ('channel', models.CharField(choices=[('email', 'email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=20)),
                ('count', models.IntegerField(default=0)),
            ],
            options={
                'db_table': 'envois_du_mois',
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField(verbose_name='version')),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='objet')),
                ('preheader', models.CharField(blank=True, max_length=200, verbose_name='aperçu')),
                ('body', models.TextField(verbose_name='texte')),
                ('format', models.CharField(choices=[('mjml', 'MJML'), ('html', 'HTML')], default='mjml', max_length=10, verbose_name='format')),
                ('transliterates', models.BooleanField(default=True, verbose_name='simplifier les caractères')),
                ('content_sid', models.CharField(blank=True, default='', max_length=34, verbose_name='modèle WhatsApp approuvé')),
                ('content_variables', models.JSONField(blank=True, default=dict, verbose_name='variables du modèle WhatsApp')),
                ('is_library', models.BooleanField(default=False, verbose_name='de la bibliothèque')),
                ('created_at', models.DateTimeField(verbose_name='créée le')),
                ('created_by', models.CharField(blank=True, max_length=150, verbose_name='par')),
            ],
            options={
                'verbose_name': "version d'un modèle",
                'verbose_name_plural': 'versions de modèles',
                'db_table': 'versions_template',
            },
        ),
        migrations.RemoveConstraint(
            model_name='suppression',
            name='suppression_once',
        ),
        migrations.AddField(
            model_name='message',
            name='batch_id',
            field=models.BigIntegerField(help_text='The one request it is part of (lots_envoi): repeated as a whole, with the same members.', null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='bounced_at',
            field=models.DateTimeField(null=True, verbose_name='rejeté le'),
        ),
        migrations.AddField(
            model_name='message',
            name='clicked_at',
            field=models.DateTimeField(null=True, verbose_name='cliqué le'),
        ),
        migrations.AddField(
            model_name='message',
            name='complained_at',
            field=models.DateTimeField(null=True, verbose_name='signalé indésirable le'),
        ),
        migrations.AddField(
            model_name='message',
            name='opened_at',
            field=models.DateTimeField(null=True, verbose_name='ouvert le'),
        ),
        migrations.AddField(
            model_name='message',
            name='replied_at',
            field=models.DateTimeField(null=True, verbose_name='répondu le'),
        ),
        migrations.AddField(
            model_name='message',
            name='segments',
            field=models.SmallIntegerField(help_text='Of an SMS, as it was written.', null=True, verbose_name='segments'),
        ),
        migrations.AddField(
            model_name='message',
            name='template_version',
            field=models.IntegerField(null=True, verbose_name='version du modèle'),
        ),
        migrations.AddField(
            model_name='message',
            name='unsubscribed_at',
            field=models.DateTimeField(null=True, verbose_name='désinscription le'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='digest',
            field=models.CharField(default='', editable=False, help_text='HMAC-SHA256 of the address (communications.suppress.digest).', max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='template',
            name='content_sid',
            field=models.CharField(blank=True, db_default='', default='', help_text='HX… : le modèle approuvé chez Twilio, nécessaire plus de 24 h après un message du contact.', max_length=34, verbose_name='modèle WhatsApp approuvé'),
        ),
        migrations.AddField(
            model_name='template',
            name='content_variables',
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text='Par exemple {"1": "{{ contact.prenom }}"}.', verbose_name='variables du modèle WhatsApp'),
        ),
        migrations.AddField(
            model_name='template',
            name='format',
            field=models.CharField(choices=[('mjml', 'MJML'), ('html', 'HTML')], db_default='mjml', default='mjml', help_text="D'un email : MJML (s'adapte aux téléphones) ou HTML.", max_length=10, verbose_name='format'),
        ),
        migrations.AddField(
            model_name='template',
            name='transliterates',
            field=models.BooleanField(db_default=True, default=True, help_text="D'un SMS : ê devient e, ’ devient ', pour tenir en moins de segments.", verbose_name='simplifier les caractères'),
        ),
        migrations.AddField(
            model_name='template',
            name='version',
            field=models.IntegerField(db_default=1, default=1, editable=False, verbose_name='version'),
        ),
        migrations.AlterField(
            model_name='brake',
            name='channel',
            field=models.CharField(choices=[('email', 'email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=20, verbose_name='canal'),
        ),
        migrations.AlterField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('email', 'email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=20, verbose_name='canal'),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='address',
            field=models.CharField(blank=True, help_text="Vide : la personne a été effacée, seule l'empreinte reste.", max_length=254, verbose_name='adresse'),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='channel',
            field=models.CharField(choices=[('email', 'email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=20, verbose_name='canal'),
        ),
        migrations.AlterField(
            model_name='template',
            name='channel',
            field=models.CharField(choices=[('email', 'email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=20, verbose_name='canal'),
        ),
        migrations.RunPython(fill_digests, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(fields=('organization', 'channel', 'digest'), name='suppression_once'),
        ),
        migrations.AddField(
            model_name='alertdelivery',
            name='notification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='communications.notification'),
        ),
        migrations.AddField(
            model_name='alertdelivery',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='messagemetric',
            index=models.Index(fields=['site_id', 'hour'], name='message_metric_of_site'),
        ),
        migrations.AddConstraint(
            model_name='messagemetric',
            constraint=models.UniqueConstraint(fields=('site_id', 'workflow_id', 'step', 'template', 'channel', 'hour', 'name', 'slot'), name='message_metric_once'),
        ),
        migrations.AddField(
            model_name='notificationpreference',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organization'),
        ),
        migrations.AddField(
            model_name='notificationpreference',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='receivedwebhook',
            index=models.Index(condition=models.Q(('processed_at__isnull', True)), fields=['id'], name='webhook_new'),
        ),
        migrations.AddConstraint(
            model_name='receivedwebhook',
            constraint=models.UniqueConstraint(fields=('provider', 'external_id'), name='webhook_once'),
        ),
        migrations.AddIndex(
            model_name='sendbatch',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='batch_due'),
        ),
        migrations.AddField(
            model_name='sendingrules',
            name='organization',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='sending_rules', to='accounts.organization', verbose_name='organisation'),
        ),
        migrations.AddConstraint(
            model_name='sentinmonth',
            constraint=models.UniqueConstraint(fields=('organization_id', 'month', 'channel'), name='sent_in_month_once'),
        ),
        migrations.AddField(
            model_name='templateversion',
            name='template',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='communications.template'),
        ),
        migrations.AddIndex(
            model_name='alertdelivery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='alert_delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='alertdelivery',
            constraint=models.UniqueConstraint(fields=('notification', 'medium', 'user'), name='alert_delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='alertdelivery',
            constraint=models.UniqueConstraint(condition=models.Q(('user__isnull', True)), fields=('notification', 'medium'), name='alert_delivery_to_nobody'),
        ),
        migrations.AddConstraint(
            model_name='notificationpreference',
            constraint=models.UniqueConstraint(fields=('user', 'organization'), name='notification_preference_once'),
        ),
        migrations.AddConstraint(
            model_name='sendingrules',
            constraint=models.CheckConstraint(condition=models.Q(('weekday_from__gte', datetime.time(8, 0)), ('weekday_until__lte', datetime.time(22, 0)), ('weekday_from__lt', models.F('weekday_until'))), name='weekday_window'),
        ),
        migrations.AddConstraint(
            model_name='sendingrules',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('saturday_from__isnull', True), ('saturday_until__isnull', True)), models.Q(('saturday_from__gte', datetime.time(8, 0)), ('saturday_until__lte', datetime.time(22, 0)), ('saturday_from__lt', models.F('saturday_until'))), _connector='OR'), name='saturday_window'),
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('template', 'number'), name='template_version_once'),
        ),
        migrations.RunSQL(FIRST_VERSIONS, migrations.RunSQL.noop),
    ]

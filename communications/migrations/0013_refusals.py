"""What each attempt at a message was answered that its provider did not take. A column without a default: no row is
written anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("communications", "0012_dead_and_rejected")]

    operations = [
        migrations.AddField(
            "message", "refusals",
            models.JSONField(
                null=True, editable=False,
                help_text="The latest attempts that the provider did not take, oldest first: [{at, said}], `said` "
                "with the code.",
            ),
        ),
    ]

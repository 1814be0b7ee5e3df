from django.db import migrations, models


class Migration(migrations.Migration):
    """What cards show of the last reading of a section, so that they need not look for it in the tables that hold it."""

    dependencies = [
        ("telephony", "0002_call_store"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="summary",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    """Joins what was built side by side on the tables of the sync."""

    dependencies = [
        ("telephony", "0003_exports"),
        ("telephony", "0003_lists"),
        ("telephony", "0003_statistics"),
    ]

"""The table of the database cache, which the rate limits need as soon as more than one process runs."""

from __future__ import annotations

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create_cache_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create it; does nothing where the cache is not in the database or the table is there already."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    # Backwards the table stays: createcachetable skips a table that exists.
    operations = [migrations.RunPython(create_cache_table, migrations.RunPython.noop)]

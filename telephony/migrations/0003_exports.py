import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import telephony.models.exports


class Migration(migrations.Migration):
    """Exports, retention rules, purges, and which ends of a call are removed."""

    dependencies = [
        ("telephony", "0002_call_sync"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PurgeRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(blank=True, null=True, unique=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="started")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("deleted", models.PositiveIntegerField(default=0, verbose_name="calls deleted")),
                ("anonymised", models.PositiveIntegerField(default=0, verbose_name="calls anonymised")),
            ],
            options={
                "verbose_name": "purge",
                "verbose_name_plural": "purges",
                "ordering": ["-started_at"],
            },
        ),
        migrations.AddField(
            model_name="call",
            name="callee_removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="call",
            name="caller_removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "days",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="days",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("delete", "Delete the calls"),
                            ("anonymise", "Remove numbers and names, keep the statistics"),
                        ],
                        max_length=10,
                        verbose_name="then",
                    ),
                ),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retention",
                        to="telephony.linkedaccount",
                    ),
                ),
            ],
            options={
                "verbose_name": "retention rule",
                "verbose_name_plural": "retention rules",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("calls", "Calls"), ("own_data", "Everything about me")],
                        default=telephony.models.exports.ExportKind["CALLS"],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("csv", "CSV (text, for any program)"),
                            ("xlsx", "Excel workbook"),
                            ("jsonl", "JSON Lines (for programs)"),
                            ("zip", "ZIP of JSON Lines files"),
                        ],
                        max_length=6,
                        verbose_name="format",
                    ),
                ),
                ("source", models.TextField(blank=True, verbose_name="list")),
                ("account_ids", models.JSONField(blank=True, default=list)),
                ("filter", models.JSONField(blank=True, default=dict)),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="columns")),
                ("zone", models.CharField(max_length=64, verbose_name="time zone")),
                ("language", models.CharField(max_length=8, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being prepared"),
                            ("ready", "Ready"),
                            ("sent", "Downloaded at once"),
                            ("failed", "Failed"),
                            ("cancelled", "Stopped"),
                            ("expired", "Expired"),
                        ],
                        default=telephony.models.exports.ExportState["WAITING"],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("total", models.PositiveIntegerField(blank=True, null=True, verbose_name="rows to write")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="rows written")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("beat_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked for")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="to be fetched until")),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("file", models.CharField(blank=True, max_length=200)),
                ("size", models.BigIntegerField(blank=True, null=True, verbose_name="size in bytes")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(fields=["user", "-asked_at"], name="exports_of_person"),
                    models.Index(fields=["state", "beat_at"], name="exports_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ForgottenNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="forgotten_numbers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "forgotten number",
                "verbose_name_plural": "forgotten numbers",
                "ordering": ["-at"],
                "constraints": [models.UniqueConstraint(fields=("user", "digest"), name="unique_forgotten_number")],
            },
        ),
    ]

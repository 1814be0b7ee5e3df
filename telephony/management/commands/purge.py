"""Delete or anonymise calls that are older than the site's rule and their account's allow."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from telephony.models import LinkedAccount, PurgeRun
from telephony.services.retention import Purged, purge, purge_all, with_rules


class Command(BaseCommand):
    """``manage.py purge``: what the worker does every night by itself. Stopped at any point, it goes on there when it is run again."""

    help = "Apply the retention rules to the stored calls now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--account and --dry-run."""
        parser.add_argument(
            "--account", type=int, help="The number of one linked account (manage.py sync --list shows them)."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only count what would be done.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Report every account that has a rule, then the sum."""
        if options["account"] or options["dry_run"]:
            total = self._some(options["account"], dry_run=options["dry_run"])
        else:
            run = purge_all(PurgeRun(), self._report)
            total = Purged(run.deleted, run.anonymised)
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"In all {total.deleted} calls {would}deleted and {total.anonymised} {would}anonymised.")

    def _some(self, account_id: int | None, *, dry_run: bool) -> Purged:
        accounts = with_rules()
        if account_id:
            accounts = accounts.filter(pk=account_id)
            if not accounts:
                raise CommandError(f"There is no linked account {account_id} that has a retention rule.")
        total = Purged()
        for account in accounts:
            purged = purge(account, dry_run=dry_run)
            self._report(account, purged)
            total.deleted += purged.deleted
            total.anonymised += purged.anonymised
        return total

    def _report(self, account: LinkedAccount, purged: Purged) -> None:
        self.stdout.write(f"{account.pk} {account}: {purged.deleted} deleted, {purged.anonymised} anonymised")

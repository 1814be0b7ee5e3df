"""Make stored calls anew from the vendor's records that are kept beside them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.models import Call, LinkedAccount
from telephony.services.rederive import Rederived, rederive, stale


class Command(BaseCommand):
    """``manage.py rederive``: safe while the site runs. Stopped at any point, it goes on where it was."""

    help = "Make the columns of stored calls anew from the kept vendor records, where an older mapping made them."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--account`` may be given several times; without it, all accounts."""
        parser.add_argument("--account", type=int, action="append", help="id of a linked account")
        parser.add_argument("--all", action="store_true", help="also calls that the present mapping made")
        parser.add_argument("--check", action="store_true", help="change nothing; fail where something is left to do")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line per account. Exits with an error for an unknown account, and where a check finds calls that an older mapping made."""
        accounts = LinkedAccount.objects.select_related("user", "client").order_by("pk")
        if wanted := options["account"]:
            accounts = accounts.filter(pk__in=wanted)
            if unknown := set(wanted) - set(accounts.values_list("pk", flat=True)):
                raise CommandError(f"There is no linked account {', '.join(map(str, sorted(unknown)))}.")
        left = 0
        for account in accounts.iterator(100):
            found = Call.objects.filter(account=account) if options["all"] else stale(account)
            total = found.count()
            if options["check"]:
                self.stdout.write(f"{account}: {total} calls of an older mapping.")
                left += total
            elif total:
                self._rederive(account, total, everything=options["all"])
        if left:
            raise CommandError(f"{left} calls were made by an older mapping. Run this again without --check.")

    def _rederive(self, account: LinkedAccount, total: int, *, everything: bool) -> None:
        def draw(done: Rederived) -> None:
            self.stdout.write(f"\r{account}: {done.seen} of {total}", ending="")
            self.stdout.flush()

        done = rederive(account, everything=everything, progress=draw)
        self.stdout.write(
            f"\r{account}: {done.made} calls made anew, {done.joined} put together with another, "
            f"{done.left} left as they are since no vendor record is kept."
        )

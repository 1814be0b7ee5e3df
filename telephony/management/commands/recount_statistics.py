"""Check the roll-up against the calls, or make it anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.models import LinkedAccount, TallyBook
from telephony.services import rollup


class Command(BaseCommand):
    """``manage.py recount_statistics``: safe while the site runs; pages count from the calls until their roll-up is complete again."""

    help = "Count the statistics of linked accounts anew from their calls, or only check them."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--account`` may be given several times; without it, all accounts."""
        parser.add_argument("--account", type=int, action="append", help="id of a linked account")
        parser.add_argument("--check", action="store_true", help="change nothing; fail where a roll-up differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line per account. Exits with an error for an unknown account, and where a check finds a difference."""
        accounts = LinkedAccount.objects.select_related("user").order_by("pk")
        if wanted := options["account"]:
            accounts = accounts.filter(pk__in=wanted)
            if unknown := set(wanted) - set(accounts.values_list("pk", flat=True)):
                raise CommandError(f"There is no linked account {', '.join(map(str, sorted(unknown)))}.")
        if options["check"]:
            self._check(list(accounts.values_list("pk", flat=True)))
            return
        for account in accounts.iterator(100):
            rollup.recount(account)
            self.stdout.write(f"{account}: counted.")

    def _check(self, accounts: list[int]) -> None:
        wrong = 0
        for book in TallyBook.objects.filter(account__in=accounts, counted_since=None).select_related("account"):
            found = rollup.differences(book)
            wrong += bool(found)
            self.stdout.write(f"{book}: {f'{found} tallies differ' if found else 'right'}.")
        if wrong:
            raise CommandError(
                f"{wrong} roll-ups differ from the calls. Run this again without --check to repair them."
            )

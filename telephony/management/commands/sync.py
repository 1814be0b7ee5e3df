"""Sync call logs from the terminal, with a progress bar."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from telephony.models import LinkedAccount, SyncState
from telephony.services.coverage import progress
from telephony.services.sync import ensure_states, sync_log
from telephony.services.sync_steps import Busy

BAR = 30  # characters
LONGEST_WAIT = 120.0  # seconds to wait for a provider that asks for a pause, before giving up for now


class Command(BaseCommand):
    """``manage.py sync`` for all accounts, ``manage.py sync --account 3`` for one. Stopped at any point, it resumes there."""

    help = "Fetch calls of linked accounts until their logs are complete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only --account."""
        parser.add_argument("--account", type=int, help="The number of one linked account (as in its address).")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exits with an error, after trying all, if a log could not be completed."""
        accounts = LinkedAccount.objects.usable()
        if options["account"]:
            accounts = accounts.filter(pk=options["account"])
            if not accounts:
                raise CommandError(f"There is no linked account {options['account']} that can be read.")
        failed = [state for account in accounts for state in ensure_states(account) if not self._complete(state)]
        if failed:
            lines = "\n  ".join(f"#{state.account_id} {state}: {state.sentence}" for state in failed)
            raise CommandError(f"{len(failed)} call logs are not complete:\n  {lines}")

    def _complete(self, state: SyncState) -> bool:
        """Run passes of a log until one ends, waiting for short pauses; False if the provider keeps refusing."""
        while True:
            try:
                state = sync_log(state.pk, pages=1)
            except Busy:
                self.stdout.write(f"#{state.account_id} {state}: another worker is at it; left alone.")
                return True
            self._draw(state)
            if state.error_code:
                pause = (state.next_pass_at - timezone.now()).total_seconds()
                if state.error_code not in ("rate_limited", "unreachable", "server_fault") or pause > LONGEST_WAIT:
                    self.stdout.write(f"\n#{state.account_id} {state}: {state.sentence}")
                    return False
                time.sleep(max(0.0, pause))
            elif not state.pass_kind:
                self.stdout.write("")
                return True

    def _draw(self, state: SyncState) -> None:
        now = progress(state)
        filled = round(now.share * BAR)
        left = f", about {now.seconds_left} s left" if now.seconds_left else ""
        reached = f"{now.reached:%Y-%m-%d}" if now.reached else "now"
        place = f"{now.share:4.0%}  {now.calls} calls, back to {reached}{left}"
        self.stdout.write(
            f"\r#{state.account_id} {state} [{'#' * filled}{'.' * (BAR - filled)}] {place}   ",
            ending="",
        )
        self.stdout.flush()

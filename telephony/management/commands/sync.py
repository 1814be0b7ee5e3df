"""Sync call logs from the terminal, with a progress bar."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from telephony.models import LinkedAccount, SyncState
from telephony.services.coverage import progress
from telephony.services.sync import ensure_states, sync_log
from telephony.services.sync_steps import Busy

BAR = 30  # characters
LONGEST_WAIT = 120.0  # seconds to wait for a provider that asks for a pause, before giving up for now


class Command(BaseCommand):
    """``manage.py sync`` for all accounts, ``manage.py sync --account 3`` for one. Stopped at any point, it resumes there."""

    help = "Fetch calls of linked accounts until their logs are complete. With --verbosity 2 every request is logged."
    _bar_is_open = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--account and --list."""
        parser.add_argument("--account", type=int, help="The number of one linked account: see --list.")
        parser.add_argument("--list", action="store_true", help="Only list the accounts with their numbers.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exits with an error, after trying all, if a log could not be completed."""
        accounts = LinkedAccount.objects.usable()
        if options["list"]:
            self.stdout.write(_listed(LinkedAccount.objects.all()) or "There is no linked account.")
            return
        if options["account"]:
            chosen = accounts.filter(pk=options["account"])
            if not chosen:
                others = _listed(accounts) or "none"
                raise CommandError(
                    f"There is no linked account {options['account']} that can be read. These can be:\n{others}"
                )
            accounts = chosen
        with _beside(self._end_bar, everything=options["verbosity"] > 1):
            self._fetch(accounts)

    def _fetch(self, accounts: QuerySet[LinkedAccount]) -> None:
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
                self._end_bar()
                self.stdout.write(f"#{state.account_id} {state}: another worker is at it; left alone.")
                return True
            self._draw(state)
            if state.error_code:
                pause = (state.next_pass_at - timezone.now()).total_seconds()
                if state.error_code not in ("rate_limited", "unreachable", "server_fault") or pause > LONGEST_WAIT:
                    self._end_bar()
                    self.stdout.write(f"#{state.account_id} {state}: {state.sentence}")
                    return False
                time.sleep(max(0.0, pause))
            elif not state.pass_kind:
                self._end_bar()
                return True
            else:  # more is due at once, or when the budget of requests has some again
                time.sleep(max(0.0, (state.next_pass_at - timezone.now()).total_seconds()))

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
        self._bar_is_open = True

    def _end_bar(self) -> None:
        """Leave the bar as it is, and go on below it."""
        if self._bar_is_open:
            self.stdout.write("")
            self.stdout.flush()
        self._bar_is_open = False


class _Beside(logging.Filter):
    """Keeps log lines out of the line that the bar is drawn in; without `everything`, requests that went well are not told at all."""

    def __init__(self, end_bar: Callable[[], None], *, everything: bool) -> None:
        super().__init__()
        self._end_bar, self._everything = end_bar, everything

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; the bar ends before it."""
        shown = self._everything or record.levelno > logging.INFO
        if shown:
            self._end_bar()
        return shown


@contextmanager
def _beside(end_bar: Callable[[], None], *, everything: bool) -> Iterator[None]:
    """Let all handlers of the log heed the bar for a while."""
    heed, handlers = _Beside(end_bar, everything=everything), list(logging.getLogger().handlers)
    for handler in handlers:
        handler.addFilter(heed)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(heed)


def _listed(accounts: QuerySet[LinkedAccount]) -> str:
    rows = accounts.select_related("user").order_by("pk")
    return "\n".join(f"{one.pk:>6}  {one} ({one.user.email}): {one.link_state.label}" for one in rows)

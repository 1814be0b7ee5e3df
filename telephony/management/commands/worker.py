"""The background worker: runs the queue, and the clock that fills it."""

from __future__ import annotations

import logging
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from telephony.services.health import beat
from telephony.services.token_store import replay_all
from telephony.tasks import enqueue_due_work

log = logging.getLogger(__name__)

TICK = 2.0  # seconds between two looks at what is due


class Command(BaseCommand):
    """``manage.py worker`` until it is stopped; ``manage.py worker --once`` from cron. Several may run at once."""

    help = "Run background tasks and the schedule that enqueues them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only --once."""
        parser.add_argument("--once", action="store_true", help="Do what is due now, then stop; for cron.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Stops after the running task on SIGTERM and Ctrl-C."""
        if options["once"]:
            self._tick()
            self._run_queue(batch=True)
            return
        stop = threading.Event()
        clock = threading.Thread(target=self._keep_time, args=(stop,), name="clock", daemon=True)
        clock.start()
        self.stdout.write("The worker runs. Stop it with Ctrl-C.")
        try:
            self._run_queue(batch=False)
        finally:
            stop.set()
            clock.join(timeout=TICK)

    def _keep_time(self, stop: threading.Event) -> None:
        while not stop.is_set():
            close_old_connections()
            try:
                self._tick()
            except OperationalError:
                log.warning("The database did not answer; the clock tries again in %.0f seconds", TICK)
            except Exception:  # Redis and its drivers have errors of their own, and a dead clock would go unnoticed
                log.exception("The clock tries again in %.0f seconds", TICK)
            stop.wait(TICK)

    def _tick(self) -> None:
        replay_all()
        enqueue_due_work()
        beat()

    def _run_queue(self, *, batch: bool) -> None:
        if settings.TASKS_BACKEND == "redis":
            call_command("rqworker", "default", burst=batch)
        elif settings.TASKS_BACKEND == "database":
            call_command("db_worker", interval=0.5, batch=batch, startup_delay=False, verbosity=1)
        elif not batch:
            threading.Event().wait()  # tasks run where they are enqueued; only the clock is needed

"""One command to try the site: database, OAuth clients, people, sandbox, site and worker."""

from __future__ import annotations

import signal
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from telephony.services.demo import DEMO_PASSWORD, ensure_people, point_clients_at_sandbox
from telephony.services.demo_processes import DemoProcesses, Ports, PortTaken, ProcessFailed


class Stopped(Exception):
    """SIGTERM or Ctrl-C."""


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


class Command(BaseCommand):
    """``manage.py demo``: starts everything, prints where to go, and stops everything on Ctrl-C. Run again, it continues."""

    help = "Start the site with its worker and the sandbox providers, ready to try."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ports, and how fast the sandbox answers."""
        parser.add_argument("--port", type=int, default=8000, help="Port of the site (8000).")
        parser.add_argument("--sandbox-port", type=int, default=8801, help="Port of the sandbox providers (8801).")
        parser.add_argument("--latency-ms", type=int, default=120, help="How long the sandbox takes to answer (120).")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Runs until it is stopped; ends at once, with a sentence, when something cannot start."""
        if not settings.DEVELOPMENT:
            raise CommandError(
                "The demo is for a development machine: it wants DEBUG=true, and people with known passwords."
            )
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        ports = Ports(options["port"], options["sandbox_port"])
        processes = DemoProcesses(ports, options["latency_ms"])
        try:
            processes.check_ports()
            self._prepare(ports)
            processes.start()
            self._greet(ports)
            processes.watch()
        except PortTaken as error:
            raise CommandError(str(error)) from error
        except ProcessFailed as error:
            raise CommandError(str(error)) from error
        except Stopped:
            self.stdout.write("\nStopping ...")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            processes.stop()
        self.stdout.write("Stopped. What you linked is kept; run the command again to continue.")

    def _prepare(self, ports: Ports) -> None:
        started = time.monotonic()
        self.stdout.write("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)
        point_clients_at_sandbox()
        self.people = ensure_people()
        self.stdout.write(f"Ready in {time.monotonic() - started:.1f} seconds. Starting site, worker and sandbox ...")
        sys.stdout.flush()

    def _greet(self, ports: Ports) -> None:
        lines = [
            "",
            f"  Switchboard     {ports.site_url}",
            f"  Sandbox panel   {ports.sandbox_url}/_sandbox/",
            f"  Mail            {ports.site_url}/dev/mail/",
            "",
        ]
        for person, has_demo_password in self.people:
            password = DEMO_PASSWORD if has_demo_password else "(the password you have set)"
            lines.append(f"  {'staff ' if person.is_staff else 'person'}  {person.email:<26} {password}")
        lines += [
            "",
            "  Sign in, choose “Link an account”, and pick anyone at the sandbox. Ctrl-C stops everything.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        sys.stdout.flush()

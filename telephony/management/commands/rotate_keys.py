"""Re-encrypt all stored tokens and client secrets with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from telephony.models.encrypted import fernets, primary_key_id
from telephony.services.key_rotation import keys_in_use, rotate


class Command(BaseCommand):
    """``manage.py rotate_keys``: safe while the site runs, and to be run again when it was stopped."""

    help = "Re-encrypt tokens and client secrets with the first key of FIELD_ENCRYPTION_KEYS."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Report progress, the result, and which keys may now be removed. Exits with an error if a secret could not be read."""
        report = rotate(self._progress if options["verbosity"] else lambda done, total: None)
        self.stdout.write(
            f"{report.rotated} secrets re-encrypted with key {primary_key_id()}, {report.current} were already."
        )
        if report.unreadable:
            lines = "\n  ".join(report.unreadable)
            raise CommandError(
                f"{len(report.unreadable)} secrets could not be read and were left untouched:\n  {lines}\n"
                "Put the key that they need back into FIELD_ENCRYPTION_KEYS and run this again."
            )
        unused = [name for name in fernets() if name not in keys_in_use() and name != primary_key_id()]
        if unused:
            self.stdout.write(f"No secret needs these keys any more; they can be removed: {', '.join(unused)}.")

    def _progress(self, done: int, total: int) -> None:
        """One line that counts up in a terminal, a line for each batch elsewhere."""
        rewrites = self.stdout.isatty() and done < total
        self.stdout.write(f"{done} of {total} rows looked at", ending="\r" if rewrites else "\n")
        self.stdout.flush()

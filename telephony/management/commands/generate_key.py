"""Print a new encryption key."""

from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """``manage.py generate_key``: put the result first in FIELD_ENCRYPTION_KEYS, then run ``rotate_keys``."""

    help = "Print a new key for FIELD_ENCRYPTION_KEYS."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Nothing is stored."""
        self.stdout.write(Fernet.generate_key().decode())

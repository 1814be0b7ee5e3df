"""Start-up checks: a wrong encryption key stops the start with a sentence, before anything is overwritten."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError

from telephony.models.encrypted import fernets
from telephony.services.key_rotation import keys_in_use, missing_keys


def check_encryption_keys(**_options: Any) -> list[checks.CheckMessage]:
    """Malformed keys, and secrets in the database that no configured key opens."""
    try:
        known = fernets()
    except ValueError:
        return [
            checks.Error(
                "FIELD_ENCRYPTION_KEYS holds a text that is not an encryption key.",
                hint="Each key is 32 bytes in URL-safe base64; `manage.py generate_key` makes one.",
                id="telephony.E001",
            )
        ]
    if not known:
        return [checks.Error("FIELD_ENCRYPTION_KEYS is empty.", id="telephony.E002")]
    try:
        missing = missing_keys()
        total = keys_in_use().total() if missing else 0
    except DatabaseError:
        return []  # not migrated yet, or no database at hand: nothing to lose
    if not missing:
        return []
    return [_missing(dict(missing), everything=missing.total() == total)]


def check_no_development(**_options: Any) -> list[checks.CheckMessage]:
    """A development site without Django's pages for errors is one all the same; with them, Django's security.W018 tells."""
    if settings.DEBUG or not settings.DEVELOPMENT:
        return []
    return [
        checks.Warning(
            "DEBUG is true in the environment, so defaults for development are in use.",
            hint="Set DEBUG=false on every machine that others can reach.",
            id="telephony.W002",
        )
    ]


def _missing(missing: dict[str, int], *, everything: bool) -> checks.CheckMessage:
    named = ", ".join(f"{name or 'unknown'} ({count} rows)" for name, count in missing.items())
    kind = checks.Error if everything else checks.Warning
    return kind(
        f"Stored tokens or client secrets were encrypted with keys that FIELD_ENCRYPTION_KEYS does not hold: {named}.",
        hint="Put the old key back behind the new one. Nothing has been changed; accounts that cannot be read ask for re-linking.",
        id="telephony.E003" if everything else "telephony.W001",
    )


def refuse_wrong_keys() -> None:
    """For server processes, which run no checks by themselves. Raises ImproperlyConfigured with the check's sentences."""
    errors = [message for message in check_encryption_keys() if message.is_serious()]
    if errors:
        raise ImproperlyConfigured(" ".join(f"{message.msg} {message.hint or ''}" for message in errors))

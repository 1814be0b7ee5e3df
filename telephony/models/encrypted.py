"""Secrets at rest: an encrypted column whose value never turns into text by accident.

The stored text is ``v1:<key id>:<Fernet token>``. Keys are settings.FIELD_ENCRYPTION_KEYS, newest first, and not SECRET_KEY, so that
rotating the one never touches the other. A ciphertext is bound to its `purpose`: copied to another row it does not open.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models

from telephony.core.redaction import remember_secret

VERSION = "v1"


class SecretUnreadable(Exception):
    """None of the configured keys opens the secret, or it belongs to another row. The ciphertext is left as it is."""


def key_id(key: str) -> str:
    """A short public name of an encryption key, from which the key cannot be derived."""
    return hashlib.sha256(b"switchboard key id" + key.encode()).hexdigest()[:8]


@cache
def _fernets(keys: tuple[str, ...]) -> dict[str, Fernet]:
    return {key_id(key): Fernet(key.encode()) for key in keys}


def fernets() -> dict[str, Fernet]:
    """The configured keys by id, the encrypting one first. Raises ValueError for a malformed key."""
    return _fernets(tuple(settings.FIELD_ENCRYPTION_KEYS))


def primary_key_id() -> str:
    """The id of the key that encrypts from now on."""
    return next(iter(fernets()))


class Secret:
    """A sealed text. Only `reveal` opens it; printing, logging, comparing and serialising it show nothing."""

    __slots__ = ("_stored",)

    def __init__(self, stored: str) -> None:
        self._stored = stored

    @classmethod
    def seal(cls, plain: str, purpose: str) -> Secret:
        """Encrypt with the newest key. `purpose` names the row, such as ``token:17``, and is needed to open it."""
        remember_secret(plain)
        name, fernet = next(iter(fernets().items()))
        sealed = fernet.encrypt(f"{purpose}\n{plain}".encode()).decode()
        return cls(f"{VERSION}:{name}:{sealed}")

    @property
    def stored(self) -> str:
        """What the database keeps."""
        return self._stored

    @property
    def key_id(self) -> str:
        """The id of the key it was sealed with, "" where that cannot be told."""
        parts = self._stored.split(":", 2)
        return parts[1] if len(parts) == 3 else ""

    def reveal(self, purpose: str) -> str:
        """The text. Raises SecretUnreadable for an unknown key, a damaged value or another purpose."""
        parts = self._stored.split(":", 2)
        fernet = fernets().get(parts[1]) if len(parts) == 3 and parts[0] == VERSION else None
        if fernet is None:
            raise SecretUnreadable(f"no configured key opens it (key id {self.key_id or 'unknown'})")
        try:
            found, _newline, plain = fernet.decrypt(parts[2].encode()).decode().partition("\n")
        except (InvalidToken, UnicodeDecodeError) as error:
            raise SecretUnreadable("it is damaged") from error
        if found != purpose:
            raise SecretUnreadable("it belongs to another row")
        remember_secret(plain)
        return plain

    def resealed(self, purpose: str) -> Secret:
        """The same text under the newest key. Raises SecretUnreadable."""
        return Secret.seal(self.reveal(purpose), purpose)

    def __bool__(self) -> bool:
        return bool(self._stored)

    def __repr__(self) -> str:
        return "Secret(sealed)"

    __str__ = __repr__


def fingerprint(plain: str) -> str:
    """A short, irreversible mark of a secret, to tell two of them apart in the admin and in the write-ahead note."""
    return hashlib.sha256(b"switchboard fingerprint" + plain.encode()).hexdigest()[:12]


class SecretField(models.TextField):  # type: ignore[type-arg]  # set and get types are given by the methods below
    """A TextField whose Python value is a Secret; refuses plain text, so that none is stored unencrypted."""

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Secret:
        """Wrap what the database keeps; nothing is decrypted here, so a lost key never breaks a query."""
        return Secret(value or "")

    def to_python(self, value: Any) -> Secret:
        """A Secret, or an empty one for None and ""."""
        if isinstance(value, Secret):
            return value
        if not value:
            return Secret("")
        raise TypeError("A SecretField takes a Secret; seal the text first.")

    def get_prep_value(self, value: Any) -> str:
        """The sealed text. Raises TypeError for plain text."""
        return self.to_python(value).stored

    def value_to_string(self, obj: models.Model) -> str:
        """Serialisers (dumpdata) get nothing."""
        return ""

"""Where a received token pair waits when the database refuses to take it: one sealed file a pair, flushed to disk before anything else.

The folder is settings.TOKEN_SPILL_DIR, best on another disk than the database. Files are readable for their owner only and encrypted as
the database's columns are. `token_store` writes them, and takes them away once the pair is in the database.
"""

from __future__ import annotations

import json
import logging
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from telephony.core.oauth import TokenSet
from telephony.models import Secret, SecretUnreadable

log = logging.getLogger(__name__)

_NAME = re.compile(r"token-(\d+)-(\d+)\.sealed")


@dataclass(frozen=True, slots=True)
class SpilledPair:
    """A pair that was received for `generation` of an account's token and is not in the database yet. `path` is None in memory."""

    account_id: int
    generation: int
    tokens: TokenSet
    path: Path | None = None


def folder() -> Path:
    """The folder; it is made with the first file."""
    return Path(settings.TOKEN_SPILL_DIR)


def write(pair: SpilledPair) -> Path:
    """Keep a pair on disk; when this returns, it survives a crash of the machine. Raises OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder() / f"token-{pair.account_id}-{pair.generation}.sealed"
    draft = target.with_name(f".{uuid.uuid4().hex}")
    try:
        _write_through(draft, _seal(pair).stored)
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _flush_folder()
    return target


def find(account_id: int) -> list[SpilledPair]:
    """The pairs of an account that wait here, oldest first. One that no key opens is left where it is, and logged."""
    found = []
    for path, account, generation in _files():
        if account == account_id and (tokens := _read(path, account_id)):
            found.append(SpilledPair(account, generation, tokens, path))
    return sorted(found, key=lambda pair: pair.generation)


def waiting() -> set[int]:
    """Ids of the accounts that have a file here."""
    return {account for _path, account, _generation in _files()}


def discard(account_id: int) -> None:
    """Remove everything of an account."""
    for path, account, _generation in _files():
        if account == account_id:
            path.unlink(missing_ok=True)


def sealed() -> Iterator[tuple[Path, Secret]]:
    """Each file with its sealed content, for the rotation of keys."""
    for path, _account, _generation in _files():
        if content := _content(path):
            yield path, Secret(content)


def reseal(path: Path) -> None:
    """Encrypt a file with the newest key. Raises SecretUnreadable, OSError; then the file stays as it is."""
    account_id = int(path.name.split("-")[1])
    if content := _content(path):
        draft = path.with_name(f".{uuid.uuid4().hex}")
        _write_through(draft, Secret(content).resealed(_purpose(account_id)).stored)
        draft.replace(path)
        _flush_folder()


def _files() -> list[tuple[Path, int, int]]:
    """Path, account and generation of every file; a folder that is not there has none."""
    try:
        names = os.listdir(folder())  # noqa: PTH208  # names are all that is wanted, on a path that every refresh takes
    except FileNotFoundError:
        return []
    matches = [match for name in names if (match := _NAME.fullmatch(name))]
    return [(folder() / match[0], int(match[1]), int(match[2])) for match in matches]


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""  # another process has just stored it


def _read(path: Path, account_id: int) -> TokenSet | None:
    content = _content(path)
    try:
        return _parsed(Secret(content).reveal(_purpose(account_id))) if content else None
    except SecretUnreadable as error:
        log.error("The token pair in %s cannot be read: %s. It is kept as it is.", path, error)
        return None


def _purpose(account_id: int) -> str:
    """The same as that of the row which the pair belongs to."""
    return f"token:{account_id}"


def _seal(pair: SpilledPair) -> Secret:
    tokens = pair.tokens
    told = {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in,
        "refresh_expires_in": tokens.refresh_expires_in,
        "scopes": None if tokens.scopes is None else sorted(tokens.scopes),
        "received_at": tokens.received_at.isoformat(),
    }
    return Secret.seal(json.dumps(told), _purpose(pair.account_id))


def _parsed(text: str) -> TokenSet:
    told = json.loads(text)
    return TokenSet(
        access_token=told["access_token"],
        refresh_token=told["refresh_token"],
        expires_in=told["expires_in"],
        refresh_expires_in=told["refresh_expires_in"],
        scopes=None if told["scopes"] is None else frozenset(told["scopes"]),
        received_at=datetime.fromisoformat(told["received_at"]),
    )


def _write_through(path: Path, text: str) -> None:
    """Write a new file that only its owner may read, and wait until it is on the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder() -> None:
    """A new name is on the disk only once its folder is."""
    handle = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

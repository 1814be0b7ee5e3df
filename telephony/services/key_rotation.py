"""Encryption keys: which are in use, whether all are at hand, and re-encrypting everything with the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from telephony.models import OAuthClient, Secret, SecretUnreadable, Token
from telephony.models.encrypted import fernets, primary_key_id
from telephony.services import spill

BATCH = 200


@dataclass(slots=True)
class RotationReport:
    """Counts of secrets: re-encrypted, already under the newest key, and unreadable (left untouched, with what they belong to)."""

    rotated: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)


def keys_in_use() -> Counter[str]:
    """How many rows are sealed with each key, by key id."""
    found: Counter[str] = Counter()
    for token in Token.objects.only("access_token", "refresh_token").iterator(BATCH):
        found.update({secret.key_id for secret in (token.access_token, token.refresh_token) if secret})
    for client in OAuthClient.objects.only("client_secret").iterator(BATCH):
        found.update({client.client_secret.key_id} if client.client_secret else set())
    found.update(secret.key_id for _path, secret in spill.sealed())
    return found


def missing_keys() -> Counter[str]:
    """Rows that no configured key opens, by the id of the key that would be needed."""
    known = fernets()
    return Counter({name: count for name, count in keys_in_use().items() if name not in known})


def rotate(progress: Callable[[int, int], None] = lambda done, total: None) -> RotationReport:
    """Re-encrypt every secret with the newest key, a batch per transaction, while the site runs.

    Stopped at any point it can simply be run again: what is done is skipped. A token that is refreshed meanwhile is sealed with the
    newest key by that refresh, and the guard on its generation keeps this from overwriting it. `progress` is told after each batch how many
    rows are done, and of how many.
    """
    report, done = RotationReport(), 0
    total = Token.objects.count() + OAuthClient.objects.count()
    for batch in _batches(Token.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            # Only the tokens' own rows: a refresher that holds its account's row must not wait here for its token's.
            for token in Token.objects.select_for_update(of=("self",)).filter(pk__in=batch).select_related("account"):
                _rotate_token(token, report)
        progress(done := done + len(batch), total)
    for batch in _batches(OAuthClient.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            for client in OAuthClient.objects.select_for_update().filter(pk__in=batch):
                _rotate_client(client, report)
        progress(done := done + len(batch), total)
    for path, secret in spill.sealed():
        _rotate_file(path, secret, report)
    return report


def _batches(ids: object) -> Iterator[list[int]]:
    everything = list(ids)  # type: ignore[call-overload]  # a values_list of primary keys
    for start in range(0, len(everything), BATCH):
        yield everything[start : start + BATCH]


def _rotate_token(token: Token, report: RotationReport) -> None:
    changes: dict[str, object] = {}
    for name in ("access_token", "refresh_token"):
        if resealed := _resealed(getattr(token, name), token.purpose, f"the {name} of {token.account}", report):
            changes[name] = resealed
    if changes:
        guarded = Token.objects.filter(pk=token.pk, generation=token.generation)
        guarded.update(**changes, key_id=primary_key_id())


def _rotate_client(client: OAuthClient, report: RotationReport) -> None:
    resealed = _resealed(client.client_secret, client.purpose, f"the secret of {client}", report)
    if resealed:
        OAuthClient.objects.filter(pk=client.pk).update(client_secret=resealed)


def _rotate_file(path: Path, secret: Secret, report: RotationReport) -> None:
    """A token pair that waits on disk for the database."""
    if secret.key_id == primary_key_id():
        report.current += 1
        return
    try:
        spill.reseal(path)
        report.rotated += 1
    except (SecretUnreadable, OSError) as error:
        report.unreadable.append(f"the token pair in {path}: {error}")


def _resealed(secret: Secret, purpose: str, owner: str, report: RotationReport) -> Secret | None:
    if not secret:
        return None
    if secret.key_id == primary_key_id():
        report.current += 1
        return None
    try:
        resealed = secret.resealed(purpose)
    except SecretUnreadable as error:
        report.unreadable.append(f"{owner}: {error}")
        return None
    report.rotated += 1
    return resealed

"""Hosts that do not answer: a circuit breaker for each, in the database, so that all processes know at once.

It opens after several faults of the network or the host (5xx) in a row, or where half of many recent requests ended so; then requests fail
fast with a sentence. From time to time a single request is let through, and the first answer of whatever kind closes it again. Refusals
(4xx) and rate limits (429) are answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from telephony.core.errors import NotAnswering
from telephony.core.http import TOTAL_DEADLINE, origin_of
from telephony.models import LinkedAccount, ProviderHost, SyncState

log = logging.getLogger(__name__)

OPEN_AFTER = 5  # faults in a row
SHARE = 0.5  # of the recent requests
SHARE_OF = 12  # so many recent requests at least
RECENT = timedelta(minutes=2)
MOST_RECENT = 40  # outcomes that are remembered
PROBE_FIRST = timedelta(seconds=20)  # after opening; doubles with each probe that fails
PROBE_LONGEST = timedelta(minutes=5)
PROBE_LEASE = timedelta(seconds=60)  # a prober that dies blocks others no longer than this
OUTAGE_CODES = ("not_answering", "unreachable", "server_fault")  # of logs that wait for a host
SNAPSHOT = 5.0  # seconds for which a process believes that all hosts answer
SNAPSHOT_OF_TROUBLE = 1.0  # seconds for which it believes that one does not


@dataclass(frozen=True, slots=True)
class HostTrouble:
    """What a process needs to know of a host that is failing."""

    origin: str
    provider: str
    since: datetime
    opened: bool
    probe_at: datetime


class _Snapshot:
    """The hosts that are failing, read from the database every few seconds, so that no page has to ask for them."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._found: dict[tuple[str, str], HostTrouble] = {}

    def get(self) -> dict[tuple[str, str], HostTrouble]:
        trouble = any(host.opened for host in self._found.values())
        if time.monotonic() - self._read_at > (SNAPSHOT_OF_TROUBLE if trouble else SNAPSHOT):
            rows = ProviderHost.objects.filter(Q(in_a_row__gt=0) | Q(opened_at__isnull=False))
            self._found = {(row.provider, row.origin): _trouble(row) for row in rows}
            self._read_at = time.monotonic()
        return self._found

    def forget(self) -> None:
        self._read_at = float("-inf")


_snapshot = _Snapshot()
forget_snapshot = _snapshot.forget


def _trouble(row: ProviderHost) -> HostTrouble:
    now = timezone.now()
    since = row.failing_since or row.opened_at or now
    return HostTrouble(row.origin, row.provider, since, row.opened_at is not None, row.probe_at or now)


def outages() -> list[HostTrouble]:
    """The hosts whose breaker is open. Never raises: a page must not fail because this cannot be read."""
    try:
        return [trouble for trouble in _snapshot.get().values() if trouble.opened]
    except DatabaseError:
        log.warning("the state of the providers' hosts could not be read", exc_info=True)
        return []


class HostGuard:
    """Lets requests of one piece of work through or not, and collects how they ended. See core.http.Guard.

    It is made and flushed by the thread that has the database; between that it is used in any thread.
    """

    def __init__(self, provider: str, name: str, origins: Iterable[str]) -> None:
        self._provider, self._name = provider, name
        self._lock = threading.Lock()
        self._outcomes: list[tuple[str, bool]] = []
        self._known: dict[str, HostTrouble] = {}
        self._probes: dict[str, _Probe] = {}
        try:
            self._look(frozenset(origins))
        except DatabaseError:
            log.warning("%s: what is known of its hosts could not be read", name, exc_info=True)

    def _look(self, origins: frozenset[str]) -> None:
        if any(host.opened for host in _snapshot.get().values()):
            _snapshot.forget()  # another process may have found out that it is back
        known = _snapshot.get()
        self._known = {origin: known[self._provider, origin] for origin in origins if (self._provider, origin) in known}
        for origin, host in self._known.items():
            if host.opened and _claim(self._provider, origin):
                self._probes[origin] = _Probe()

    def admit(self, url: str, operation: str) -> None:
        """Raises NotAnswering; with a probe in hand, the first request decides for those beside it."""
        host = self._known.get(origin_of(url))
        if host is None or not host.opened:
            return
        probe = self._probes.get(host.origin)
        if probe is None or not probe.may_go(self._lock):
            raise self._refusal(host, operation)

    def learned(self, url: str, *, fault: bool) -> None:
        """Keep an outcome for `flush`."""
        origin = origin_of(url)
        with self._lock:
            self._outcomes.append((origin, fault))
        if probe := self._probes.get(origin):
            probe.ended(fault=fault)

    def flush(self) -> None:
        """Tell all processes. Never raises: the answers matter more than this."""
        outcomes, self._outcomes = self._outcomes, []
        try:
            for origin in {origin for origin, _fault in outcomes}:
                faults = [fault for found, fault in outcomes if found == origin]
                _record(self._provider, origin, faults, probed=origin in self._probes)
            for origin, probe in self._probes.items():
                if not probe.used:
                    _row(self._provider, origin).update(probe_at=timezone.now())
        except DatabaseError:
            log.warning("%s: the outcome of requests could not be noted", self._name, exc_info=True)

    def _refusal(self, host: HostTrouble, operation: str) -> NotAnswering:
        wait = max(1.0, (host.probe_at - timezone.now()).total_seconds())
        error = NotAnswering(self._name, operation, retry_after=wait, detail=f"{host.origin} is left alone")
        error.since = host.since
        return error


class _Probe:
    """The one request that finds out whether a host is back; the others of the same work wait for what it learns."""

    def __init__(self) -> None:
        self.used = False
        self._over = threading.Event()
        self._back = False

    def may_go(self, lock: threading.Lock) -> bool:
        with lock:
            first, self.used = not self.used, True
        if first:
            return True
        self._over.wait(TOTAL_DEADLINE)
        return self._back

    def ended(self, *, fault: bool) -> None:
        self.used = True
        if not self._over.is_set():
            self._back = not fault
            self._over.set()


def guard_for(account: LinkedAccount, origins: Iterable[str]) -> HostGuard:
    """The guard for one piece of work with an account's provider."""
    return HostGuard(account.provider, account.provider_name, origins)


def _row(provider: str, origin: str) -> QuerySet[ProviderHost]:
    return ProviderHost.objects.filter(provider=provider, origin=origin)


def _claim(provider: str, origin: str) -> bool:
    """Whether this process is the one that may try now."""
    now = timezone.now()
    due = _row(provider, origin).filter(opened_at__isnull=False, probe_at__lte=now)
    return bool(due.update(probe_at=now + PROBE_LEASE))


def _record(provider: str, origin: str, faults: list[bool], *, probed: bool) -> None:
    """Add outcomes to a host's row. Nothing is written for a host that is well and answers."""
    if not any(faults) and (provider, origin) not in _snapshot.get():
        return
    for _attempt in range(10):
        with transaction.atomic():
            row, _new = ProviderHost.objects.get_or_create(provider=provider, origin=origin)
            version, was_open = row.version, row.opened_at is not None
            for fault in faults:
                _count(row, timezone.now(), fault=fault, probed=probed)
            row.version += 1
            names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
            columns = {name: getattr(row, name) for name in names}
            stored = ProviderHost.objects.filter(pk=row.pk, version=version).update(**columns)
        if stored:
            _snapshot.forget()
            _tell(row, was_open)
            return


def _count(row: ProviderHost, now: datetime, *, fault: bool, probed: bool) -> None:
    """One outcome; with it the breaker may open or close. Faults of requests that were under way before count for nothing more."""
    oldest = (now - RECENT).timestamp()
    kept = [[at, bad] for at, bad in row.recent if at >= oldest]
    row.recent = [*kept[1 - MOST_RECENT :], [now.timestamp(), int(fault)]]
    if not fault:
        if row.opened_at is not None:
            row.closed_at, row.recent = now, []
        row.in_a_row, row.failing_since, row.opened_at, row.probe_at, row.probes = 0, None, None, None, 0
        return
    row.in_a_row += 1
    row.last_fault_at = now
    row.failing_since = row.failing_since or now
    if row.opened_at is not None and probed:
        row.probes += 1
        row.probe_at = now + min(PROBE_LONGEST, PROBE_FIRST * 2 ** min(row.probes, 10))
    elif row.opened_at is None and (row.in_a_row >= OPEN_AFTER or _too_many(row.recent)):
        row.opened_at, row.probe_at, row.probes = now, now + PROBE_FIRST, 0


def _too_many(recent: list[list[float]]) -> bool:
    bad = sum(1 for _at, fault in recent if fault)
    return len(recent) >= SHARE_OF and bad >= SHARE * len(recent)


def _tell(row: ProviderHost, was_open: bool) -> None:
    if row.opened_at is not None and not was_open:
        log.warning("%s does not answer and is left alone until %s", row.origin, row.probe_at)
    elif was_open and row.opened_at is None:
        log.warning("%s answers again", row.origin)
        _wake(row)


def _wake(row: ProviderHost) -> None:
    """What has been waiting for the host is due again: a pause that grew during the outage says nothing any more."""
    now = timezone.now()
    accounts = LinkedAccount.objects.usable().filter(provider=row.provider)
    waiting = SyncState.objects.filter(account__in=accounts, failures__gt=0, error_code__in=OUTAGE_CODES)
    waiting.filter(next_pass_at__gt=now).update(next_pass_at=now, failures=0)

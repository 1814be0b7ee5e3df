"""Why is an account not updating? Everything that is known about that, for the person and for the support desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.functional import Promise

from telephony.core.errors import error_from_code
from telephony.core.registry import find_spec
from telephony.core.types import Feature, LogScope
from telephony.models import AccountEvent, EventKind, FailedRequest, LinkedAccount, Reading, Section, SyncState
from telephony.services.call_log import SECTION_OF
from telephony.services.readings import FEATURE_OF_SECTION
from telephony.services.retelling import retold

MOST_FAILURES = 50  # that are looked at; several of the same kind in a row are one line
MOST_EVENTS = 15
SOON = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class DataKind:
    """One kind of data: when it was last read, what went wrong since, and when it is read next; None where nothing is planned.

    `advice` is what somebody can do, "" where waiting is enough.
    """

    label: str | Promise
    read_at: datetime | None
    tried_at: datetime | None
    trouble: str
    next_at: datetime | None
    advice: str = ""

    @property
    def soon(self) -> bool:
        """Whether the next attempt is due or overdue: the worker's clock comes by every few seconds."""
        return self.next_at is not None and self.next_at <= timezone.now() + SOON


@dataclass(frozen=True, slots=True)
class Failures:
    """Requests that failed in the same way, one after the other; `latest` speaks for all."""

    latest: FailedRequest
    count: int
    first_at: datetime
    sentence: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the page shows."""

    data: list[DataKind]
    failures: list[Failures]
    events: list[AccountEvent]


def explain(account: LinkedAccount) -> Explanation:
    """Everything about one account, newest first; four queries."""
    events = AccountEvent.objects.filter(account=account).exclude(kind__in=[EventKind.REFRESHED, EventKind.VIEWED])
    return Explanation(
        _data(account), failures_of(account, by_operation=False), list(events.order_by("-at", "-pk")[:MOST_EVENTS])
    )


def failures_of(account: LinkedAccount, *, by_operation: bool) -> list[Failures]:
    """The last failed requests, several of the same kind in a row as one; `by_operation` tells apart what they were for."""
    found = FailedRequest.objects.filter(account=account).order_by("-at", "-pk")[:MOST_FAILURES]

    def kind(request: FailedRequest) -> tuple[str, int, str]:
        return request.code, request.status or 0, request.operation if by_operation else ""

    return [_failures(account, list(same)) for _kind, same in groupby(found, key=kind)]


def _failures(account: LinkedAccount, same: list[FailedRequest]) -> Failures:
    latest = same[0]
    next_step = error_from_code(latest.code, account.provider_name).next_step
    return Failures(latest, len(same), same[-1].at, retold(latest.sentence), next_step)


def _data(account: LinkedAccount) -> list[DataKind]:
    spec = find_spec(account.provider)
    readings = {reading.section: reading for reading in Reading.objects.filter(account=account)}
    states = {state.scope: state for state in SyncState.objects.filter(account=account)}
    sections = [Section.FACTS, Section.BALANCE, Section.EXTENSIONS]
    if spec and Feature.BALANCE in spec.not_offered:
        sections.remove(Section.BALANCE)
    kinds = [_section(account, section, readings.get(section)) for section in sections]
    scopes = spec.log_scopes if spec else tuple(LogScope)
    return kinds + [_log(account, scope, readings.get(SECTION_OF[scope]), states.get(scope)) for scope in scopes]


def _section(account: LinkedAccount, section: Section, reading: Reading | None) -> DataKind:
    planned = _later(account.next_refresh_at, reading.retry_at if reading else None) if account.usable else None
    if reading is None:
        return DataKind(section.label, None, None, "", planned)
    trouble, advice = _told(account, section, reading.error_code)
    return DataKind(section.label, reading.read_at, reading.tried_at, trouble, planned, advice)


def _log(account: LinkedAccount, scope: LogScope, reading: Reading | None, state: SyncState | None) -> DataKind:
    """A call log is read by pages and by the sync: what counts is whoever read it last."""
    read = [at for at in (reading and reading.read_at, state and state.last_pass_at) if at]
    tried = [at for at in (reading and reading.tried_at, state and state.last_pass_at) if at]
    code = state.error_code if state else reading.error_code if reading else ""
    planned = _later(state.next_pass_at if state else None) if account.usable else None
    trouble, advice = _told(account, SECTION_OF[scope], code)
    return DataKind(
        SECTION_OF[scope].label, max(read, default=None), max(tried, default=None), trouble, planned, advice
    )


def _told(account: LinkedAccount, section: Section, code: str) -> tuple[str, str]:
    """What happened and what can be done about it, with what is missing by name."""
    if not code:
        return "", ""
    observed = account.observed_capabilities().get(FEATURE_OF_SECTION[section])
    error = error_from_code(code, account.provider_name, missing=observed.missing if observed else ())
    return error.sentence, error.next_step if error.permanent else ""


def _later(*moments: datetime | None) -> datetime:
    """The last of these and of now: what is overdue comes next."""
    return max([timezone.now(), *(moment for moment in moments if moment)])

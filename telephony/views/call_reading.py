"""Reading a call log live: whether to ask at all, how far it got, and what to say about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from django.utils import timezone

from config.addresses import address
from telephony.models import LinkedAccount, Reading, SyncState
from telephony.selectors import PAGE_SIZE
from telephony.services.call_log import SECTION_OF, LiveRead, is_stored, read_calls, sync_state
from telephony.services.readings import reading_of
from telephony.views.call_search import CallSearch, log_scopes, moment_from
from telephony.views.troubles import Trouble, trouble_of


@dataclass(frozen=True, slots=True)
class ReadStatus:
    """One account's line above a call list. `read_url` starts a live reading by htmx, `read_now_url` does the same without it.

    `waiting` tells that the page is to start it by itself, `reason` why nothing can be read, `result` how the reading went, `often` that
    the person has had so much read that it has to wait.
    """

    account: LinkedAccount
    read_url: str
    read_now_url: str
    waiting: bool = False
    reason: str = ""
    reading: Reading | None = None
    trouble: Trouble | None = None
    result: LiveRead | None = None
    often: bool = False

    @property
    def further_url(self) -> str:
        """Where to go on, where this reading neither filled the page nor saw the whole range."""
        result = self.result
        if result is None or result.complete or result.reached is None or self.trouble or result.matching >= PAGE_SIZE:
            return ""
        last = result.reached.astimezone(UTC) + timedelta(seconds=1)  # what else happened in that second is read again
        return f"{self.read_url}&further={last:%Y-%m-%dT%H:%M:%SZ}"


def status_before(
    search: CallSearch, account: LinkedAccount, reading: Reading | None, state: SyncState | None = None
) -> ReadStatus:
    """The line of an account on a page that is just being shown: nobody is asked. `state` is wanted for pages further back only."""
    reason = _reason(search, account)
    pausing = reading is not None and reading.retry_at is not None and reading.retry_at > timezone.now()
    return ReadStatus(
        account,
        *_urls(search, account),
        waiting=not reason and not pausing and search.goes_back and not _page_is_stored(search, state),
        reason=reason,
        reading=reading,
        trouble=trouble_of(account, reading) if pausing or reason else None,
    )


def read_now(search: CallSearch, account: LinkedAccount) -> ReadStatus:
    """Ask the provider for what the search shows, or for what lies `?further=` back. Never raises for a provider."""
    before = moment_from(search.query.get("further", "")) or search.before
    query = search.filter.query(before=before)
    known = status_before(search, account, reading_of(account, SECTION_OF[search.filter.scope]))
    if known.reason or known.trouble or query.since >= query.until:
        return known
    result = read_calls(account, search.filter, before=before)
    return ReadStatus(
        account,
        *_urls(search, account),
        reading=result.reading,
        trouble=trouble_of(account, result.reading),
        result=result,
    )


def status_instead(search: CallSearch, account: LinkedAccount) -> ReadStatus:
    """The line of an account that is not read again just now, since the person has had so much read."""
    before = status_before(search, account, reading_of(account, SECTION_OF[search.filter.scope]))
    return replace(before, waiting=False, often=True)


def state_of(search: CallSearch, account: LinkedAccount) -> SyncState | None:
    """Where the sync of the shown log stands, as far as it matters: the newest calls are asked for however much is stored."""
    return sync_state(account, search.filter.scope) if search.position else None


def _page_is_stored(search: CallSearch, state: SyncState | None) -> bool:
    """Whether the provider has nothing more for this page than what is stored."""
    if search.position is None:
        return False
    ends = search.page.rows[-1].started_at if search.page.older else search.filter.query(before=search.before).since
    return is_stored(state, ends, search.position.started_at)


def _reason(search: CallSearch, account: LinkedAccount) -> str:
    """A word for why nothing can be read: no_log, or the account's state."""
    if search.filter.scope not in log_scopes(account):
        return "no_log"
    return "" if account.usable else "not_connected"


def _urls(search: CallSearch, account: LinkedAccount) -> tuple[str, str]:
    at = {"at": str(search.position)} if search.position else {}
    reading = search.with_query(path=address("telephony:read_calls", account.pk), without=("account",), **at)
    page = address("telephony:account_calls", account.pk)
    now = search.with_query(path=page, without=("account",), live="1", **at)
    return reading if "?" in reading else f"{reading}?", now

"""Reading our own tables: every queryset is scoped to a person, and every page of the site reads through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from telephony.core.call_filter import CallFilter
from telephony.core.types import ExtensionKind, LogScope
from telephony.models import AccountEvent, Call, Extension, LinkedAccount, OAuthClient, Reading, Section, SyncState
from telephony.services import same_calls, search_index

if TYPE_CHECKING:
    from accounts.models import User

PAGE_SIZE = 50
LOG_FLAGS = {LogScope.OWN: "in_own_log", LogScope.COMPANY: "in_company_log"}


def linked_accounts(user: User) -> QuerySet[LinkedAccount]:
    """The person's linked accounts, with their OAuth clients."""
    return LinkedAccount.objects.filter(user=user).select_related("client")


def with_tokens(accounts: QuerySet[LinkedAccount]) -> QuerySet[LinkedAccount]:
    """The same accounts with what is known about their tokens, which is everything but the tokens."""
    return accounts.select_related("token").defer("token__access_token", "token__refresh_token")


def is_key(text: str) -> bool:
    """Whether a text from a query string can be a primary key at all."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def account_of(user: User, key: str, *, provider: str) -> LinkedAccount | None:
    """The person's linked account at a provider, by the text of a query string; None where it is not hers."""
    return linked_accounts(user).filter(provider=provider, pk=key).first() if is_key(key) else None


def events(user: User) -> QuerySet[AccountEvent]:
    """What happened to her accounts, newest first; the accounts may be gone."""
    return AccountEvent.objects.filter(user=user).order_by("-at", "-pk")


def enabled_clients() -> QuerySet[OAuthClient]:
    """OAuth clients that anyone can link with."""
    return OAuthClient.objects.usable()


def extensions(account: LinkedAccount) -> QuerySet[Extension]:
    """What the account has now, without what is gone: people first, in the order of ExtensionKind."""
    places = [When(kind=kind.value, then=Value(place)) for place, kind in enumerate(ExtensionKind)]
    rank = Case(*places, default=Value(len(places)), output_field=IntegerField())
    found = Extension.objects.filter(account=account, gone_at=None)
    return found.annotate(rank=rank).order_by("rank", "number", "name", "pk")


def readings(
    accounts: list[LinkedAccount], sections: Iterable[Section] = tuple(Section)
) -> dict[tuple[int, Section], Reading]:
    """The last attempt at each of these sections of each account; one query."""
    found = Reading.objects.filter(account_id__in=_ids(accounts), section__in=[section.value for section in sections])
    return {(reading.account_id, Section(reading.section)): reading for reading in found}


def sync_states_of(accounts: list[LinkedAccount], scope: LogScope) -> dict[int, SyncState]:
    """Where the sync of one kind of log stands, by account; one query."""
    return {state.account_id: state for state in SyncState.objects.filter(account_id__in=_ids(accounts), scope=scope)}


def _ids(accounts: list[LinkedAccount]) -> list[int]:
    return [account.pk for account in accounts]


def calls(accounts: list[LinkedAccount], call_filter: CallFilter) -> QuerySet[Call]:
    """Stored calls of these accounts (all of one person) that match, newest first, without the big columns."""
    chosen = chosen_accounts(accounts, call_filter)
    found = Call.objects.filter(account_id__in=_ids(chosen)).defer(*Call.LIST_COLUMNS)
    if call_filter.text and chosen:
        found = search_index.matching(found, call_filter.text, chosen)
    return narrowed(found, call_filter, same_calls.once(accounts, chosen, call_filter.scope)).order_by(
        "-started_at", "-pk"
    )


def chosen_accounts(accounts: list[LinkedAccount], call_filter: CallFilter) -> list[LinkedAccount]:
    """Those of the accounts that the filter names; all where it names none."""
    return [account for account in accounts if not call_filter.accounts or account.pk in call_filter.accounts]


def narrowed(found: QuerySet[Call], call_filter: CallFilter, once: Q | None = None) -> QuerySet[Call]:
    """Everything of a filter but the accounts and the text; `once` leaves one row of a call that several accounts have."""
    if once is not None:
        found = found.filter(once)
    found = found.filter(deleted_at=None, **{LOG_FLAGS[call_filter.scope]: True})
    for condition, wanted in (
        ("started_at__gte", call_filter.since),
        ("started_at__lt", call_filter.until),
        ("duration__gte", call_filter.shortest),
        ("duration__lte", call_filter.longest),
        ("recording__isnull", False if call_filter.recorded else None),
    ):
        if wanted is not None:
            found = found.filter(**{condition: wanted})
    for column, values in (
        ("direction", call_filter.directions),
        ("outcome", call_filter.outcomes),
        ("kind", call_filter.kinds),
        ("extension", call_filter.extensions),
    ):
        if values:
            found = found.filter(**{f"{column}__in": sorted(str(value) for value in values)})
    if digits := call_filter.number_digits:
        found = found.filter(Q(caller_digits__contains=digits) | Q(callee_digits__contains=digits))
    return found


def call_of(user: User, pk: int) -> QuerySet[Call]:
    """One call, if it is the person's."""
    return Call.objects.filter(account__user=user, pk=pk).select_related("account", "account__client")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is sorted by start and id, newest first: rows `older` than it, or newer. Written ``o:<micros>:<id>``."""

    started_at: datetime
    pk: int
    older: bool = True

    def __str__(self) -> str:
        return f"{'o' if self.older else 'n'}:{self.started_at.isoformat()}:{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Raises ValueError, with a sentence, for anything that is not a position."""
        way, _colon, rest = text.partition(":")
        stamp, _colon, pk = rest.rpartition(":")
        if way not in ("o", "n") or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
            raise ValueError(_("This is not a place in the list."))
        started_at = datetime.fromisoformat(stamp)
        if started_at.tzinfo is None:
            raise ValueError(_("This is not a place in the list."))
        return cls(started_at, int(pk), older=way == "o")


class CallSummary(NamedTuple):
    """What a list shows of a call. Model instances with columns left out cost several times as much, and there are fifty on a page."""

    pk: int
    account_id: int
    kind: str
    direction: str
    outcome: str
    started_at: datetime
    duration: int | None
    caller_number: str
    caller_e164: str | None
    caller_name: str
    caller_extension: str
    caller_withheld: bool
    callee_number: str
    callee_e164: str | None
    callee_name: str
    callee_extension: str
    caller_removed_at: datetime | None
    callee_removed_at: datetime | None
    has_recording: bool
    has_voicemail: bool


@dataclass(frozen=True, slots=True)
class CallPage:
    """Fifty rows, and where the pages around them begin; None where there are none."""

    rows: list[CallSummary]
    newer: Position | None
    older: Position | None


def call_page(
    accounts: list[LinkedAccount], call_filter: CallFilter, position: Position | None = None, size: int = PAGE_SIZE
) -> CallPage:
    """One page of the matching calls of these accounts by key, never by offset or count: as fast at the end as at the start."""
    found = _slice(accounts, call_filter, position, size + 1)
    return page_from(summaries(found), position, size)


def summaries(found: QuerySet[Call]) -> list[CallSummary]:
    """The rows of a queryset as a list shows them."""
    told = found.annotate(has_recording=Q(recording__isnull=False), has_voicemail=Q(voicemail__isnull=False))
    return [CallSummary(*row) for row in told.values_list(*CallSummary._fields)]


def page_from(rows: list[CallSummary], position: Position | None, size: int) -> CallPage:
    """A page out of up to `size` + 1 rows in reading order; the one too many tells that there is more."""
    newer_first = position is not None and not position.older
    more, rows = len(rows) > size, rows[:size]
    if newer_first:
        rows.reverse()
    if not rows:
        return CallPage([], None, None)
    has_newer = more if newer_first else position is not None
    has_older = True if newer_first else more
    first, last = rows[0], rows[-1]
    return CallPage(
        rows,
        Position(first.started_at, first.pk, older=False) if has_newer else None,
        Position(last.started_at, last.pk) if has_older else None,
    )


def _slice(
    accounts: list[LinkedAccount], call_filter: CallFilter, position: Position | None, count: int
) -> QuerySet[Call]:
    """The first `count` rows from a position on.

    No index is in order over a set of accounts, but each account's is. So that not all calls of several accounts are sorted, what cannot be
    among the first `count` rows is left out: where one account has as many, its last of these is a bound for all.
    """
    newest_first = position is None or position.older
    order = ("-started_at", "-pk") if newest_first else ("started_at", "pk")
    found, chosen = calls(accounts, call_filter), chosen_accounts(accounts, call_filter)
    if position is not None:
        found = beyond(found, position)
    if 1 < len(chosen) <= MOST_BOUNDED and not call_filter.text:
        once = same_calls.once(accounts, chosen, call_filter.scope)
        of_one = narrowed(Call.objects.filter(account_id=_SOMEONE), call_filter, once)
        if position is not None:
            of_one = beyond(of_one, position)
        bound = _nearest(of_one.order_by(*order).values("started_at")[count - 1 : count], chosen, newest_first)
        found = found.filter(started_at__gte=bound) if newest_first else found.filter(started_at__lte=bound)
    return found.order_by(*order)[:count]


MOST_BOUNDED = 100  # accounts; SQLite takes 500 parts of a UNION
_SOMEONE = -1  # stands for the account in a query that is written once and asked for each


def _nearest(of_one: QuerySet[Call, Any], accounts: list[LinkedAccount], newest_first: bool) -> RawSQL:
    """The nearest of the starts that `of_one` finds for each account, or one beyond all calls where it finds none.

    The query is written by the ORM for one account and repeated as text: to write all of it takes it longer than the whole page.
    """
    sql, found_parameters = of_one.query.sql_with_params()
    parameters = list(found_parameters)
    place = parameters.index(_SOMEONE)
    parts = " UNION ALL ".join([f"SELECT * FROM ({sql}) AS one"] * len(accounts))  # noqa: S608  # written by the ORM
    nearest, none = ("MAX", "1900-01-01 00:00:00") if newest_first else ("MIN", "9000-01-01 00:00:00")
    return RawSQL(  # noqa: S611  # the same, with parameters
        f"COALESCE((SELECT {nearest}(started_at) FROM ({parts}) AS each), '{none}')",  # noqa: S608  # the same
        [value for account in accounts for value in [*parameters[:place], account.pk, *parameters[place + 1 :]]],
    )


def beyond(found: QuerySet[Call], position: Position) -> QuerySet[Call]:
    """The rows past a position. The bound on `started_at` alone is redundant and decisive: without it no database uses the index."""
    at, pk = position.started_at, position.pk
    if position.older:
        return found.filter(Q(started_at__lt=at) | Q(started_at=at, pk__lt=pk), started_at__lte=at)
    return found.filter(Q(started_at__gt=at) | Q(started_at=at, pk__gt=pk), started_at__gte=at)


def sync_states(account: LinkedAccount) -> QuerySet[SyncState]:
    """Where each call log of an account stands, the person's own first."""
    return SyncState.objects.filter(account=account).prefetch_related("gaps").order_by("-scope")

"""What there is to tell a person: looked for by the worker's clock, for each person about every ten minutes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone

from telephony.models import (
    BalanceAlert,
    LinkedAccount,
    LinkState,
    NoticeKind,
    NoticeSettings,
    Reading,
    Section,
    Token,
)
from telephony.services import balances, missed, notices
from telephony.services.link_end import link_end
from telephony.services.local_times import moment_of

if TYPE_CHECKING:
    from accounts.models import User

CHECK_EVERY = timedelta(minutes=10)
JITTER = 0.2  # of CHECK_EVERY, so that a thousand people are not looked at at once
UNREAD_FOR = timedelta(days=1)  # after which a person is told that an account is not read
TRIED_WITHIN = timedelta(hours=2)  # an attempt older than this says that the worker was away, not the provider
MISSED_FOR = timedelta(hours=1)  # in which people return calls by themselves
SUMMARY_LATE = timedelta(hours=6)  # a summary that is later than this is not sent any more
AT_ONCE = 200  # people that one tick of the clock takes


def claim_due_people() -> list[int]:
    """Ids of people to look at now. Each is given to one caller only: claiming is a conditional UPDATE."""
    _make_settings()
    now, claimed = timezone.now(), []
    due = NoticeSettings.objects.filter(next_check_at__lte=now, user__is_active=True).order_by("next_check_at")
    for pk, person, planned in due.values_list("pk", "user_id", "next_check_at")[:AT_ONCE]:
        pause = CHECK_EVERY * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # jitter, not a secret
        if NoticeSettings.objects.filter(pk=pk, next_check_at=planned).update(next_check_at=now + pause):
            claimed.append(person)
    return claimed


def _make_settings() -> None:
    """Whoever has linked something is looked after from then on."""
    new = LinkedAccount.objects.filter(user__notice_settings=None).order_by().values_list("user_id", flat=True)
    people = [NoticeSettings(user_id=pk) for pk in set(new.distinct()[:AT_ONCE])]
    if people:
        NoticeSettings.objects.bulk_create(people, ignore_conflicts=True)


def check(person: User) -> None:
    """Tell the person whatever there is to tell, and settle what is not true any more. May run twice at once."""
    now, settings = timezone.now(), notices.settings_of(person)
    accounts = list(LinkedAccount.objects.filter(user=person).select_related("user", "client"))
    known = _Known.of(accounts)
    for account in accounts:
        _look_at(account, known, settings, now)
    if accounts:
        _look_at_missed(person, settings, now)
        _look_at_summary(person, settings, now)
    notices.forget_old(person, now)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about a person's accounts, by account; three queries however many there are."""

    tokens: dict[int, Token]
    readings: dict[tuple[int, str], Reading]
    alerts: dict[int, BalanceAlert]

    @classmethod
    def of(cls, accounts: list[LinkedAccount]) -> _Known:
        tokens = Token.objects.filter(account__in=accounts).defer("access_token", "refresh_token")
        sections = [Section.FACTS.value, Section.BALANCE.value]
        readings = Reading.objects.filter(account__in=accounts, section__in=sections)
        return cls(
            {token.account_id: token for token in tokens},
            {(reading.account_id, reading.section): reading for reading in readings},
            {alert.account_id: alert for alert in BalanceAlert.objects.filter(account__in=accounts)},
        )


def _look_at(account: LinkedAccount, known: _Known, settings: NoticeSettings, now: datetime) -> None:
    if account.link_state in (LinkState.DISABLED, LinkState.UNLINKING):
        return
    token = known.tokens.get(account.pk)
    _look_at_link(account, token, settings, now)
    if account.usable:
        _look_at_reading(account, known.readings.get((account.pk, Section.FACTS.value)), settings, now)
        balance = known.readings.get((account.pk, Section.BALANCE.value))
        balances.watch(account, balance, settings, known.alerts.get(account.pk))


def _look_at_link(account: LinkedAccount, token: Token | None, settings: NoticeSettings, now: datetime) -> None:
    if account.link_state is LinkState.NEEDS_RELINKING:
        notices.settle(notices.open_notices(account, NoticeKind.LINK_ENDING, NoticeKind.NOT_UPDATING))
        facts = {"reason": account.state_reason, "at": account.state_since.isoformat()}
        event = f"{account.pk}:{account.state_since.isoformat()}"
        notices.announce(account.user, NoticeKind.LINK_ENDED, event, facts, account=account, settings=settings)
        return
    notices.settle(notices.open_notices(account, NoticeKind.LINK_ENDED))
    end = link_end(account, token, now) if token else None
    stage = end.stage(now) if end else None
    warnings = notices.open_notices(account, NoticeKind.LINK_ENDING)
    if end is None or stage is None:
        notices.settle(warnings)
        return
    event = f"{account.pk}:{end.event}:{stage}"
    notices.settle(warnings.exclude(event=f"{NoticeKind.LINK_ENDING}:{event}"))
    facts = {"at": end.at.isoformat(), "reason": end.reason.value, "days": str(stage)}
    notices.announce(account.user, NoticeKind.LINK_ENDING, event, facts, account=account, settings=settings)


def _look_at_reading(account: LinkedAccount, reading: Reading | None, settings: NoticeSettings, now: datetime) -> None:
    """Whether an account has not been read for long although it was tried: a worker that was away is not the account's fault."""
    last = (reading.read_at if reading else None) or account.linked_at
    silent = reading is not None and reading.failed and reading.tried_at > now - TRIED_WITHIN
    if not silent:
        if reading is not None and not reading.failed:
            notices.settle(notices.open_notices(account, NoticeKind.NOT_UPDATING))
        return
    if last < now - UNREAD_FOR:
        facts = {"since": reading.read_at.isoformat()} if reading and reading.read_at else {}
        event = f"{account.pk}:{last.isoformat()}"
        notices.announce(account.user, NoticeKind.NOT_UPDATING, event, facts, account=account, settings=settings)


def _look_at_missed(person: User, settings: NoticeSettings, now: datetime) -> None:
    """At most one notice a day, and only where somebody has called since the last one; an open one is settled when nobody waits."""
    open_ones = notices.of_person(person).filter(kind=NoticeKind.MISSED_CALLS, settled_at=None)
    waiting = missed.unreturned(person)
    if not waiting:
        notices.settle(open_ones)
        return
    ripe = [line for line in waiting if line.call.started_at <= now - MISSED_FOR]
    if not ripe:
        return
    newest = max(line.call.started_at for line in ripe).astimezone(UTC)
    told = person.notices.filter(kind=NoticeKind.MISSED_CALLS).order_by("-made_at").first()
    if told is not None and datetime.fromisoformat(told.facts["newest"]) >= newest:
        return
    today = now.astimezone(ZoneInfo(person.time_zone)).date().isoformat()
    event, facts = today, {"count": len(ripe), "newest": newest.isoformat()}
    if notices.announce(person, NoticeKind.MISSED_CALLS, event, facts, settings=settings):
        notices.settle(open_ones.exclude(event=f"{NoticeKind.MISSED_CALLS}:{event}"))


def _look_at_summary(person: User, settings: NoticeSettings, now: datetime) -> None:
    """The summary of yesterday, at her hour or soon after; the day names it, so that no change of the clock sends it twice."""
    if settings.summary_at is None:
        return
    zone = ZoneInfo(person.time_zone)
    today = now.astimezone(zone).date()
    due = moment_of(today, settings.summary_at, zone)
    if (settings.summary_since and today < settings.summary_since) or not due <= now < due + SUMMARY_LATE:
        return
    facts = {"day": (today - timedelta(days=1)).isoformat()}
    notices.announce(person, NoticeKind.DAILY_SUMMARY, today.isoformat(), facts, settings=settings)

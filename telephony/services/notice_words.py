"""A notice in words, in the active language and time zone: for the page and for the mail alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from telephony.models import Notice, NoticeKind
from telephony.services.link_end import EndReason
from telephony.services.retelling import retold
from telephony.templatetags.formats import money

TONES = {
    NoticeKind.LINK_ENDING: "warn",
    NoticeKind.LINK_ENDED: "danger",
    NoticeKind.NOT_UPDATING: "warn",
    NoticeKind.LOW_BALANCE: "warn",
    NoticeKind.MISSED_CALLS: "info",
    NoticeKind.DAILY_SUMMARY: "neutral",
}


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """`title` is also the subject of the mail; `path` leads to where something can be done about it, `label` is what the link says."""

    title: str
    what_happened: str
    what_to_do: str
    path: str
    label: str

    @property
    def sentences(self) -> str:
        """What happened and what to do."""
        return f"{self.what_happened} {self.what_to_do}".strip()


def words_of(notice: Notice) -> NoticeWords:
    """The words of one notice; its account is read with it."""
    return _MAKERS[notice.notice_kind](notice)


def _link_ending(notice: Notice) -> NoticeWords:
    at, reason = _moment(notice.facts["at"]), notice.facts.get("reason", "")
    why = EndReason(reason).label if reason in EndReason.values() else ""
    happened = _("The link to %(account)s ends on %(at)s.") % {"account": _account(notice), "at": at}
    return NoticeWords(
        _("The link to %(account)s will end soon") % {"account": _account(notice)},
        f"{happened} {why}".strip(),
        _("Link the account again before that, and nothing is missed. Its history is kept."),
        _path(notice),
        _("To the account"),
    )


def _link_ended(notice: Notice) -> NoticeWords:
    return NoticeWords(
        _("%(account)s must be linked again") % {"account": _account(notice)},
        " ".join(
            filter(
                None,
                [
                    _("The link to %(account)s has ended.") % {"account": _account(notice)},
                    retold(str(notice.facts.get("reason", ""))),
                ],
            )
        ),
        _("Nothing that is stored here is lost. Link the account again; what has come since is then read."),
        _path(notice),
        _("To the account"),
    )


def _not_updating(notice: Notice) -> NoticeWords:
    since = notice.facts.get("since")
    values = {"account": _account(notice), "since": _moment(since) if since else ""}
    return NoticeWords(
        _("%(account)s has not been read for a day") % values,
        _("The last time that %(account)s could be read was on %(since)s.") % values
        if since
        else _("%(account)s could not be read since it was linked.") % values,
        _("Nothing is lost, and we keep trying. The page of the account says what is in the way."),
        _path(notice),
        _("To the account"),
    )


def _low_balance(notice: Notice) -> NoticeWords:
    facts, currency = notice.facts, str(notice.facts["currency"])
    values = {
        "account": _account(notice),
        "amount": money(Decimal(facts["amount"]), currency),
        "threshold": money(Decimal(facts["threshold"]), currency),
        "at": _moment(facts["read_at"]),
    }
    return NoticeWords(
        _("Only %(amount)s left: %(account)s") % values,
        _("The balance of %(account)s was %(amount)s on %(at)s, which is below %(threshold)s.") % values,
        _("Top it up at the provider, so that calls and texts go on. You are told again only after it has risen."),
        reverse("telephony:balance", args=[notice.account_id]) if notice.account_id else reverse("telephony:dashboard"),
        _("To the balance"),
    )


def _missed_calls(notice: Notice) -> NoticeWords:
    count = int(notice.facts.get("count", 0))
    title = ngettext("%(count)d number waits for a call back", "%(count)d numbers wait for a call back", count)
    return NoticeWords(
        title % {"count": count},
        _("Somebody called you in vain, and was neither called back nor spoken with since."),
        _("The list shows who. Call back, or tick off who needs no call."),
        reverse("telephony:missed"),
        _("To the unreturned calls"),
    )


def _daily_summary(notice: Notice) -> NoticeWords:
    day = date_format(date.fromisoformat(str(notice.facts["day"])), "DATE_FORMAT")
    return NoticeWords(
        _("Your calls of %(day)s") % {"day": day}, "", "", reverse("telephony:dashboard"), _("To the dashboard")
    )


_MAKERS: dict[NoticeKind, Callable[[Notice], NoticeWords]] = {
    NoticeKind.LINK_ENDING: _link_ending,
    NoticeKind.LINK_ENDED: _link_ended,
    NoticeKind.NOT_UPDATING: _not_updating,
    NoticeKind.LOW_BALANCE: _low_balance,
    NoticeKind.MISSED_CALLS: _missed_calls,
    NoticeKind.DAILY_SUMMARY: _daily_summary,
}


def _account(notice: Notice) -> str:
    return str(notice.account) if notice.account else _("a linked account")


def _path(notice: Notice) -> str:
    return notice.account.get_absolute_url() if notice.account else reverse("telephony:dashboard")


def _moment(stored: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(stored)), "DATETIME_FORMAT")

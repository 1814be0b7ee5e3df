"""Calls as a list shows them: one line each, put into words once. What many lines share is worded once per page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.addresses import address
from config.design_tags import icon, pill
from telephony.core.types import Direction, Kind, Outcome
from telephony.models import LinkedAccount
from telephony.selectors import CallSummary
from telephony.services.names import Names
from telephony.templatetags.formats import moment, talk_time
from telephony.views.call_rows import (
    CALLEE_IS_OTHER,
    CALLER_IS_OTHER,
    DIRECTION_ICONS,
    KIND_ICONS,
    PartyView,
    drawn_call_link,
    drawn_party,
    outcome_view,
    party_view,
    tells_outcome,
)

PartyFacts = tuple[str, str, str, bool, bool]
"""What `party_view` words: number, name, extension, withheld, removed."""


class CallLine(NamedTuple):
    """What a line says, drawn already; the fields of parts/call_line.html. `kind` is "" for calls."""

    url: str
    time: SafeString
    direction: SafeString
    kind: SafeString
    caller: SafeString
    callee: SafeString
    outcome: SafeString
    media: SafeString
    length: str
    account: SafeString


def call_lines(calls: Iterable[CallSummary], accounts: Iterable[LinkedAccount], names: Names) -> list[CallLine]:
    """One line per call of these accounts, in the active language."""
    wording = _Wording(accounts, names)
    return [wording.line(call) for call in calls]


class _Wording:
    """The words of one page."""

    def __init__(self, accounts: Iterable[LinkedAccount], names: Names) -> None:
        self._language = get_language()
        self._words = _vocabulary(self._language)
        self._names = names
        self._owners = {account.pk: account for account in accounts}
        self._accounts = {account.pk: _account(account) for account in self._owners.values()}
        # One look-up of the address serves all lines.
        self._before, _zero, self._after = address("telephony:call", 0).rpartition("0")

    def line(self, call: CallSummary) -> CallLine:
        return CallLine(
            url=f"{self._before}{call.pk}{self._after}",
            time=moment(call.started_at),
            direction=self._words.directions[call.direction],
            kind=self._words.kinds[call.kind],
            caller=_party(self._language, call.direction in CALLER_IS_OTHER, *self._caller(call)),
            callee=_party(self._language, call.direction in CALLEE_IS_OTHER, *self._callee(call)),
            outcome=self._words.outcomes[call.direction, call.outcome]
            if tells_outcome(call.kind, call.outcome)
            else SafeString(""),
            media=self._media(call) if call.has_recording or call.has_voicemail else SafeString(""),
            length=talk_time(call.duration) if call.duration else self._words.no_length,
            account=self._accounts[call.account_id],
        )

    def _caller(self, call: CallSummary) -> PartyFacts:
        number, removed = call.caller_e164 or call.caller_number, call.caller_removed_at is not None
        name = self._names.best(self._owners[call.account_id], number, call.caller_name, call.caller_extension)
        return number, name, call.caller_extension, call.caller_withheld and not removed, removed

    def _callee(self, call: CallSummary) -> PartyFacts:
        number = call.callee_e164 or call.callee_number
        name = self._names.best(self._owners[call.account_id], number, call.callee_name, call.callee_extension)
        return number, name, call.callee_extension, False, call.callee_removed_at is not None

    def _media(self, call: CallSummary) -> SafeString:
        told = (self._words.recording, call.has_recording), (self._words.voicemail, call.has_voicemail)
        return format_html_join("", "{}", ((drawn,) for drawn, is_there in told if is_there))


def _outcome(direction: Direction, outcome: Outcome) -> SafeString:
    shown = outcome_view(direction, outcome)
    return pill(shown.tone, shown.label, icon=shown.icon)


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What all pages in one language draw alike: the parts of a line that come from closed vocabularies."""

    directions: Mapping[str, SafeString]
    outcomes: Mapping[tuple[str, str], SafeString]
    kinds: Mapping[str, SafeString]
    no_length: SafeString
    recording: SafeString
    voicemail: SafeString


@lru_cache(maxsize=16)
def _vocabulary(_language: str | None) -> _Vocabulary:
    return _Vocabulary(
        directions={member.value: _direction(member) for member in Direction},
        outcomes={
            (direction.value, outcome.value): _outcome(direction, outcome)
            for direction in Direction
            for outcome in Outcome
        },
        kinds={member.value: _kind(member) for member in Kind},
        no_length=format_html('<span aria-hidden="true">{}</span>', "–"),
        recording=icon("download", _("Recording")),
        voicemail=icon("voicemail", _("Voicemail")),
    )


# The same few people and numbers come again and again in a call log.
@lru_cache(maxsize=4096)
def _party(
    language: str | None, other: bool, number: str, name: str, extension: str, withheld: bool, removed: bool
) -> SafeString:
    """One end of a call; with a link that calls it where it is the `other` end."""
    link = drawn_call_link(language, number) if other else ""
    return drawn_party(party_view(number, name, extension, withheld, removed), link)


def _direction(direction: Direction) -> SafeString:
    return format_html("{}<span>{}</span>", icon(DIRECTION_ICONS[direction]), direction.label)


def _kind(kind: Kind) -> SafeString:
    return SafeString("") if kind is Kind.CALL else pill("neutral", kind.label, icon=KIND_ICONS[kind])


def _account(account: LinkedAccount) -> SafeString:
    return drawn_party(PartyView(account.label, account.provider_name))

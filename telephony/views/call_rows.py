"""Calls as lists and pages show them: words and icons instead of codes, parties with name and number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.addresses import address
from config.design_tags import icon
from telephony.core.phone import for_display
from telephony.core.types import Direction, Kind, Outcome
from telephony.models import Call, LinkedAccount
from telephony.services.names import Names

DIRECTION_ICONS = {
    Direction.INBOUND: "phone-in",
    Direction.OUTBOUND: "phone-out",
    Direction.INTERNAL: "phone-internal",
    Direction.UNKNOWN: "help",
}
KIND_ICONS = {Kind.CALL: "phone", Kind.VOICEMAIL: "voicemail", Kind.FAX: "fax", Kind.SMS: "message"}
OUTCOMES = {
    Outcome.ANSWERED: ("ok", ""),
    Outcome.MISSED: ("danger", "phone-missed"),
    Outcome.VOICEMAIL: ("info", "voicemail"),
    Outcome.BUSY: ("warn", "minus"),
    Outcome.DECLINED: ("warn", "x"),
    Outcome.CANCELLED: ("neutral", "x"),
    Outcome.BLOCKED: ("neutral", "lock"),
    Outcome.FAILED: ("danger", "alert"),
    Outcome.IN_PROGRESS: ("info", "phone"),
    Outcome.UNKNOWN: ("neutral", "help"),
}


_LOOKS_DIALLABLE = re.compile(r"\+?[0-9][0-9 ()/.-]{1,39}")
CALLER_IS_OTHER = frozenset({Direction.INBOUND, Direction.INTERNAL, Direction.UNKNOWN})
CALLEE_IS_OTHER = frozenset({Direction.OUTBOUND, Direction.INTERNAL, Direction.UNKNOWN})
NO_NAMES = Names()


class OutcomeView(NamedTuple):
    """An outcome as it is shown: `icon` is "" for the tone's own."""

    tone: str
    label: str
    icon: str


def outcome_view(direction: Direction, outcome: Outcome) -> OutcomeView:
    """The outcome in words. Only who is called misses a call; who calls gets no answer, which is nothing to worry about."""
    tone, icon = OUTCOMES[outcome]
    if direction is Direction.OUTBOUND and outcome is Outcome.MISSED:
        return OutcomeView("neutral", _("Not answered"), icon)
    return OutcomeView(tone, outcome.label, icon)


@dataclass(frozen=True, slots=True)
class PartyView:
    """One end of a call in words: `main` is what it is best called by, `more` what else is known."""

    main: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One stored call. The account is handed in, so that a list of calls costs no query per row."""

    call: Call
    account: LinkedAccount
    names: Names = NO_NAMES

    @property
    def direction(self) -> Direction:
        """Which way it went."""
        return Direction(self.call.direction)

    @property
    def direction_icon(self) -> str:
        """The icon of the direction."""
        return DIRECTION_ICONS[self.direction]

    @property
    def kind(self) -> Kind:
        """Call, voicemail, fax or text."""
        return Kind(self.call.kind)

    @property
    def kind_icon(self) -> str:
        """The icon of the kind."""
        return KIND_ICONS[self.kind]

    @property
    def is_call(self) -> bool:
        """Whether it is a call at all; the kind of other rows is shown."""
        return self.kind is Kind.CALL

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return Outcome(self.call.outcome)

    @property
    def tells_outcome(self) -> bool:
        """Whether there is an outcome to show."""
        return tells_outcome(self.kind, self.outcome)

    @property
    def shown_outcome(self) -> OutcomeView:
        """The outcome in words."""
        return outcome_view(self.direction, self.outcome)

    @property
    def caller(self) -> PartyView:
        """Who called."""
        call = self.call
        number = call.caller_e164 or call.caller_number
        name = self.names.best(self.account, number, call.caller_name, call.caller_extension)
        removed = call.caller_removed_at is not None
        return party_view(number, name, call.caller_extension, call.caller_withheld and not removed, removed)

    @property
    def dials_caller(self) -> str:
        """The caller's number where it is the one to call; "" for one's own."""
        return self.call.caller_e164 or self.call.caller_number if self.direction in CALLER_IS_OTHER else ""

    @property
    def dials_callee(self) -> str:
        """The same for who was called."""
        return self.call.callee_e164 or self.call.callee_number if self.direction in CALLEE_IS_OTHER else ""

    @property
    def callee(self) -> PartyView:
        """Who was called."""
        call = self.call
        number = call.callee_e164 or call.callee_number
        name = self.names.best(self.account, number, call.callee_name, call.callee_extension)
        return party_view(number, name, call.callee_extension, removed=call.callee_removed_at is not None)


def tells_outcome(kind: str, outcome: str) -> bool:
    """Whether there is an outcome to show: texts and faxes often have none, which is nothing unknown."""
    return kind == Kind.CALL or outcome != Outcome.UNKNOWN


def party_view(number: str, name: str, extension: str, withheld: bool = False, removed: bool = False) -> PartyView:
    """The best name for one end of a call, and the rest."""
    shown = for_display(number)
    inside = _("extension %(number)s") % {"number": extension} if extension and extension != number else ""
    if withheld and not shown:
        shown = _("Number withheld")
    if removed and not shown:
        shown = _("Number removed")
    known = [text for text in (name, shown, inside) if text]
    if not known:
        return PartyView(_("Not told"))
    return PartyView(known[0], ", ".join(dict.fromkeys(text for text in known[1:] if text != known[0])))


def drawn_party(party: PartyView, link: str = "") -> SafeString:
    """What is shown of one end of a call: the best name, and the rest below it; `link` stands beside the number."""
    if not party.more:
        return format_html('<span class="party"><span class="party__main">{}{}</span></span>', party.main, link)
    return format_html(
        '<span class="party"><span class="party__main">{}</span><span class="party__more small muted">{}{}</span></span>',
        party.main,
        party.more,
        link,
    )


@lru_cache(maxsize=4096)
def drawn_call_link(_language: str | None, number: str, account: int | None = None) -> SafeString:
    """The small *call* link beside a number; nothing beside what cannot be dialled, such as a SIP name."""
    if not _LOOKS_DIALLABLE.fullmatch(number):
        return SafeString("")
    query = urlencode({"number": number} | ({"account": account} if account else {}))
    label = _("Call %(number)s") % {"number": for_display(number)}
    return format_html(
        '<a class="call-link" href="{}?{}">{}<span class="visually-hidden">{}</span></a>',
        address("telephony:start_call"),
        query,
        icon("phone-out"),
        label,
    )


def party_from_json(party: Any) -> PartyView:
    """The same for a party of a stored leg."""
    given = party if isinstance(party, dict) else {}
    return party_view(
        str(given.get("e164") or given.get("number") or ""),
        str(given.get("name") or ""),
        str(given.get("extension") or ""),
        bool(given.get("withheld")),
    )

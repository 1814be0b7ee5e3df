"""The normalised vocabulary: what every provider's answers are turned into.

Times are aware datetimes in UTC, durations whole seconds, money a Decimal with an ISO 4217 currency. Whatever a vendor sends
that we do not know becomes UNKNOWN, is kept in `raw`, and is named in `unknown_values`; nothing is dropped or guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum

Json = Mapping[str, Any]
ItemT = TypeVar("ItemT")


class Direction(LabelledEnum):
    """Which way a call went, seen from the linked company."""

    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")
    INTERNAL = "internal", _("Internal")
    UNKNOWN = "unknown", _("Unknown direction")


class Kind(LabelledEnum):
    """What a row of a call log is; rows that are not calls keep their kind."""

    CALL = "call", _("Call")
    VOICEMAIL = "voicemail", _("Voicemail")
    FAX = "fax", _("Fax")
    SMS = "sms", _("Text message")


class Outcome(LabelledEnum):
    """How a call ended."""

    ANSWERED = "answered", _("Answered")
    MISSED = "missed", _("Missed")
    VOICEMAIL = "voicemail", _("Left voicemail")
    BUSY = "busy", _("Busy")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")
    BLOCKED = "blocked", _("Blocked")
    FAILED = "failed", _("Failed")
    IN_PROGRESS = "in_progress", _("In progress")
    UNKNOWN = "unknown", _("Unknown outcome")


class LogScope(LabelledEnum):
    """Whose calls: the linked person's own, or the whole company's."""

    OWN = "own", _("My calls")
    COMPANY = "company", _("Whole company")


class ExtensionKind(LabelledEnum):
    """What an entry of the extension list is."""

    USER = "user", _("User")
    DEVICE = "device", _("Device")
    PHONE_LINE = "phone_line", _("Phone line")
    NUMBER = "number", _("Number")
    QUEUE = "queue", _("Call queue")
    GROUP = "group", _("Group")
    VOICEMAIL_BOX = "voicemail_box", _("Voicemail box")
    FAX_LINE = "fax_line", _("Fax line")
    MENU = "menu", _("Menu or dial plan")
    CHANNEL = "channel", _("Channel")
    OTHER = "other", _("Other")


class Feature(LabelledEnum):
    """What a linked account may be able to do; the capability card has one line for each."""

    ACCOUNT = "account", _("Account details")
    BALANCE = "balance", _("Balance")
    EXTENSIONS = "extensions", _("Extensions")
    NUMBERS = "numbers", _("Phone numbers")
    OWN_CALLS = "own_calls", _("My call log")
    COMPANY_CALLS = "company_calls", _("Company call log")
    RECORDINGS = "recordings", _("Recordings")
    SEND_TEXT = "send_text", _("Send texts")
    START_CALL = "start_call", _("Start calls")
    CONTACTS = "contacts", _("Contacts for the phone book")


OPTIONAL_FEATURES = frozenset({Feature.CONTACTS})
"""What a provider's declaration may leave out; the capability card then has no line for it."""


class CapabilityState(LabelledEnum):
    """Whether a feature works for one linked account, and if not, who could change that."""

    AVAILABLE = "available", _("Works")
    SCOPE_MISSING = "scope_missing", _("Permission missing")
    ROLE_MISSING = "role_missing", _("Role missing")
    NOT_ON_CONTRACT = "not_on_contract", _("Not on this contract")
    NOT_OFFERED = "not_offered", _("Not offered by the provider")
    UNKNOWN = "unknown", _("Not tried yet")


@dataclass(frozen=True, slots=True)
class Capability:
    """The state of one feature. `missing` names scopes (SCOPE_MISSING) or the role or permission (ROLE_MISSING)."""

    feature: Feature
    state: CapabilityState
    missing: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole currency units (euros, not cents), and the ISO 4217 code."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of an account's description, such as Fact(_("Plan"), "RingEX Core"). `label` is translatable.

    So may `value` be (gettext_lazy), where it is a word of a closed vocabulary and not the vendor's text.
    """

    label: Any
    value: str | Promise


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a set of credentials belongs to.

    `remote_id` is the provider's true, immutable key (sipgate masterSipId + user id, RingCentral account + extension,
    GoTo user key), never an e-mail address. `keys` are further provider ids that later requests need, by name.
    """

    remote_id: str
    label: str
    company: str = ""
    person: str = ""
    email: str = ""
    keys: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TelephoneSystem:
    """One of several telephone systems that the same credentials reach; `is_read` marks the one that the site reads."""

    key: str
    name: str
    is_read: bool


CHOSEN_SYSTEM = "chosen_account_key"
"""The entry of ClientContext.keys that holds the key of the system that the person has chosen, where she has."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Who and what a linked account is. `facts` are shown in order; `instead_of_balance` is what the provider shows in its place."""

    company: str = ""
    person: str = ""
    email: str = ""
    plan: str = ""
    verified: bool | None = None
    is_admin: bool | None = None
    facts: tuple[Fact, ...] = ()
    instead_of_balance: tuple[Fact, ...] = ()
    keys: Json = field(default_factory=dict)
    unknown_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtensionRecord:
    """One user, device, phone line, number, queue ... `key` is unique within the account and kind."""

    kind: ExtensionKind
    key: str
    name: str = ""
    number: str = ""
    vendor_type: str = ""
    status: str = ""
    online: bool | None = None
    owner: str = ""
    numbers: tuple[str, ...] = ()
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One entry of the address book at the provider, with its numbers as the provider writes them."""

    name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call. `number` is as the provider gave it ("" where it gave none); `e164` only where it is one."""

    number: str = ""
    e164: str | None = None
    name: str = ""
    extension: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class CallLeg:
    """One leg of a call. `outcome` UNKNOWN where the provider does not tell per leg."""

    caller: Party
    callee: Party
    direction: Direction = Direction.UNKNOWN
    outcome: Outcome = Outcome.UNKNOWN
    started_at: datetime | None = None
    duration: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where a recording or voicemail is: `key` is the provider's id or URL, never shown to a browser."""

    key: str
    duration: int | None = None
    content_type: str = ""
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One record of a call log. `key` is the provider's id, unique within the linked account.

    `group` is what the provider gives all records of one call, "" where each record is a call of its own; see core.sessions.
    `duration` is the talk time in seconds, None where the provider does not say; `ring_seconds` likewise.
    `extension` is the number or id of the linked company's extension that had the call, `session` groups rows of one call.
    """

    key: str
    kind: Kind
    direction: Direction
    outcome: Outcome
    started_at: datetime
    caller: Party
    callee: Party
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int | None = None
    extension: str = ""
    extension_name: str = ""
    session: str = ""
    group: str = ""
    legs: tuple[CallLeg, ...] = ()
    recording: MediaRef | None = None
    voicemail: MediaRef | None = None
    note: str = ""
    changed_at: datetime | None = None
    deleted: bool = False
    raw: Json = field(default_factory=dict)
    unknown_values: tuple[str, ...] = ()

    @property
    def row_key(self) -> str:
        """What the stored row is known by: all records of a call have one row."""
        return (self.group or self.key)[:191]


@dataclass(frozen=True, slots=True)
class CallQuery:
    """What to ask a provider's call log for. Bounds are aware datetimes, `since` inclusive, `until` exclusive.

    A client passes on what its provider can filter and returns the rest unfiltered: the caller filters again.
    `number` is E.164 or a fragment of digits, `kinds`, `directions` empty mean all.
    """

    since: datetime
    until: datetime
    scope: LogScope = LogScope.OWN
    directions: frozenset[Direction] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    number: str = ""
    page_size: int = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """One page of a list. `next_cursor` is opaque and None on the last page; `requests` counts what it cost."""

    items: tuple[ItemT, ...]
    next_cursor: str | None = None
    total: int | None = None

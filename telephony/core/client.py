"""What a provider's client can do. Clients know HTTP and the vendor's JSON only; they are handed a door and credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from telephony.core.calling import CallingDevice, CallProgress, StartedCall
from telephony.core.environment import Environment
from telephony.core.http import HttpDoor, StreamedReply
from telephony.core.texts import OutgoingText, TextRecord, TextSender
from telephony.core.types import (
    AccountFacts,
    CallQuery,
    CallRecord,
    ContactRecord,
    ExtensionKind,
    ExtensionRecord,
    Feature,
    Identity,
    Json,
    LogScope,
    Money,
    Page,
)


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What a client works with. `authorization()` gives the value of the Authorization header; `keys` come from Identity and facts."""

    environment: Environment
    door: HttpDoor
    authorization: Callable[[], str]
    keys: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExtensionList:
    """One list that the extension page is made of. `read` pages through all of it and may raise any ProviderError.

    `kinds` are the kinds that only this list yields: after a complete read, what it did not yield is gone.
    """

    kinds: frozenset[ExtensionKind]
    feature: Feature
    read: Callable[[], Iterator[ExtensionRecord]]


@dataclass(frozen=True, slots=True)
class LogChanges:
    """What changed in a call log, one answer of it; records that are gone are among `items`, marked as deleted.

    `token` goes on from here; `more` says that asking with it at once brings more. `complete` is False where a newly begun token may have
    left records out that are older than it: they have to be read by time.
    """

    items: tuple[CallRecord, ...]
    token: str
    more: bool = False
    complete: bool = True


class MediaKind(Enum):
    """What can be listened to."""

    RECORDING = "recording"
    VOICEMAIL = "voicemail"


class ProviderClient(Protocol):
    """The interface that views (live reading) and the sync share. Every method may raise any member of the error family."""

    def identity(self) -> Identity:
        """Who these credentials belong to: as few requests as the provider allows."""

    def facts(self) -> AccountFacts:
        """Who and what the account is."""

    def balance(self) -> Money:
        """The prepaid balance. Called only where the spec does not say that the provider offers none."""

    def extension_lists(self) -> tuple[ExtensionList, ...]:
        """The lists of users, devices, lines, numbers ... that this account has."""

    def calls(self, query: CallQuery, cursor: str | None = None) -> Page[CallRecord]:
        """One page of the call log, newest first, one request. `cursor` comes from the page before.

        Filters that the provider does not have are not applied. Raises RoleMissing for a company log that is not allowed.
        """


@runtime_checkable
class TellsChanges(Protocol):
    """What a client offers beyond ProviderClient where its provider tells what changed in a call log since the last visit."""

    def changes(self, scope: LogScope, token: str, since: datetime) -> LogChanges:
        """What changed in a log since `token` was given; one request. An empty token begins anew, with what changed since `since`.

        Raises SyncTokenExpired for a token that the provider does not go on from.
        """


@runtime_checkable
class KeepsContacts(Protocol):
    """What a client offers beyond ProviderClient where its provider has an address book that can be read."""

    def contacts(self) -> Iterator[ContactRecord]:
        """All contacts that the person may see, page by page. May raise any member of the error family, also half-way."""


@runtime_checkable
class PlaysMedia(Protocol):
    """What a client offers beyond ProviderClient where its provider keeps recordings or voicemails."""

    def media(self, kind: MediaKind, key: str, byte_range: str = "") -> StreamedReply:
        """The sound of a recording or voicemail, by MediaRef.key; `byte_range` is the value of a Range header, "" for all.

        Raises NotFound where it has been deleted, NotOnContract where the provider has none of this kind.
        """


@runtime_checkable
class SendsTexts(Protocol):
    """What a client offers beyond ProviderClient where its provider sends texts; its spec then has TextRules.

    Every method may raise any member of the error family, `send_text` those of core.write_errors too.
    """

    def text_senders(self) -> tuple[TextSender, ...]:
        """What this user may send from; () where there is nothing."""

    def send_text(self, text: OutgoingText) -> TextRecord:
        """Send it: one write and no other request. What comes back was accepted, which does not mean delivered."""

    def sent_texts(self, sender: str, recipient: str, since: datetime) -> tuple[TextRecord, ...]:
        """The texts that were sent to `recipient` since then, newest first: what became of them, and whether one exists at all."""

    def received_texts(self, senders: tuple[str, ...], since: datetime) -> tuple[TextRecord, ...]:
        """The texts that came in since then, newest first, at most some hundred. `senders` are keys of what one may send from."""


@runtime_checkable
class PlacesCalls(Protocol):
    """What a client offers beyond ProviderClient where its provider can start calls."""

    def calling_devices(self) -> tuple[CallingDevice, ...]:
        """What the person can call from, the most likely first. Reads only; () where there is nothing."""

    def start_call(self, device: str, number: str) -> StartedCall:
        """Ring `device` (the key of a CallingDevice), then dial `number` (E.164, or the digits of a short number): exactly one request.

        Raises CannotBeCalled, DeviceNotAvailable, BalanceTooLow and the rest of the family; OutcomeUnknown where no answer was learnt.
        """

    def call_progress(self, key: str) -> CallProgress:
        """Where the call stands; never asked about one that was handed over. Raises NotFound once the provider has forgotten it."""

    def cancel_call(self, key: str) -> None:
        """Call off a call that nobody has answered: one request. Raises NotFound where it is too late."""

"""The tables of the telephony app."""

from telephony.models.accounts import (
    BalanceReading,
    Extension,
    LinkedAccount,
    LinkState,
    Reading,
    Section,
)
from telephony.models.acts import Act, ActState
from telephony.models.calls import Call
from telephony.models.clients import OAuthClient
from telephony.models.encrypted import Secret, SecretField, SecretUnreadable
from telephony.models.events import AccountEvent, EventKind
from telephony.models.exports import UNFINISHED, Export, ExportFormat, ExportKind, ExportState
from telephony.models.faults import FailedRequest, ProviderHost
from telephony.models.keeping import ForgottenNumber, PurgeRun, RetentionAction, RetentionRule
from telephony.models.lists import EntrySource, MissedCallMark, PhoneBookEntry, SavedView
from telephony.models.messages import Message, ReceivedText, TextBox
from telephony.models.notices import BalanceAlert, MailState, Notice, NoticeKind, NoticeSettings
from telephony.models.pacing import RateBucket
from telephony.models.placed_calls import PlacedCall
from telephony.models.statistics import CallTally, NumberTally, TallyBook
from telephony.models.sync import PassKind, SyncGap, SyncRun, SyncState
from telephony.models.tokens import CredentialKind, Token

__all__ = [
    "UNFINISHED",
    "AccountEvent",
    "Act",
    "ActState",
    "BalanceAlert",
    "BalanceReading",
    "Call",
    "CallTally",
    "CredentialKind",
    "EntrySource",
    "EventKind",
    "Export",
    "ExportFormat",
    "ExportKind",
    "ExportState",
    "Extension",
    "FailedRequest",
    "ForgottenNumber",
    "LinkState",
    "LinkedAccount",
    "MailState",
    "Message",
    "MissedCallMark",
    "Notice",
    "NoticeKind",
    "NoticeSettings",
    "NumberTally",
    "OAuthClient",
    "PassKind",
    "PhoneBookEntry",
    "PlacedCall",
    "ProviderHost",
    "PurgeRun",
    "RateBucket",
    "Reading",
    "ReceivedText",
    "RetentionAction",
    "RetentionRule",
    "SavedView",
    "Secret",
    "SecretField",
    "SecretUnreadable",
    "Section",
    "SyncGap",
    "SyncRun",
    "SyncState",
    "TallyBook",
    "TextBox",
    "Token",
]

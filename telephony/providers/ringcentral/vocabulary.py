"""RingCentral's closed vocabularies, each with what it means in ours.

The values are those of the vendor's published API document of 2026-08. A word that the document has but whose meaning for a person is open
is listed as UNKNOWN here, so that it is not counted as a surprise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from telephony.core.leg_words import humanised
from telephony.core.types import Direction, ExtensionKind, Kind, Outcome

KINDS: Final[Mapping[str, Kind]] = {"Voice": Kind.CALL, "Fax": Kind.FAX}

DIRECTIONS: Final[Mapping[str, Direction]] = {"Inbound": Direction.INBOUND, "Outbound": Direction.OUTBOUND}

OUTCOMES: Final[Mapping[str, Outcome]] = {
    "Accepted": Outcome.ANSWERED,
    "Call connected": Outcome.ANSWERED,
    "Answered Elsewhere": Outcome.ANSWERED,  # the call was, though not by this extension
    "Received": Outcome.ANSWERED,  # a fax that came in whole
    "Sent": Outcome.ANSWERED,  # a fax that went out whole
    "Missed": Outcome.MISSED,
    "No Answer": Outcome.MISSED,
    "Answered Not Accepted": Outcome.MISSED,  # picked up, then not taken over
    "Abandoned": Outcome.MISSED,  # the caller gave up waiting
    "Hang Up": Outcome.MISSED,  # see OUTBOUND_OUTCOMES
    "Callback requested": Outcome.MISSED,
    "Voicemail": Outcome.VOICEMAIL,
    "Sent to Voicemail": Outcome.VOICEMAIL,
    "Busy": Outcome.BUSY,
    "Declined": Outcome.DECLINED,
    "Rejected": Outcome.DECLINED,
    "Reply": Outcome.DECLINED,  # answered with a message instead (our reading)
    "Stopped": Outcome.CANCELLED,
    "Blocked": Outcome.BLOCKED,
    "Restricted Number": Outcome.BLOCKED,
    "Call Failed": Outcome.FAILED,
    "Call Failure": Outcome.FAILED,
    "Carrier is not active": Outcome.FAILED,
    "EDGE trunk misconfigured": Outcome.FAILED,
    "Fax Not Sent": Outcome.FAILED,
    "Fax Partially Sent": Outcome.FAILED,
    "Fax Poor Line": Outcome.FAILED,
    "Fax Receipt Error": Outcome.FAILED,
    "IP Phone Offline": Outcome.FAILED,
    "Internal Error": Outcome.FAILED,
    "International Disabled": Outcome.FAILED,
    "International Restricted": Outcome.FAILED,
    "No Calling Credit": Outcome.FAILED,
    "Not Allowed": Outcome.FAILED,
    "Partial Receive": Outcome.FAILED,
    "Receive Error": Outcome.FAILED,
    "Send Error": Outcome.FAILED,
    "Suspended account": Outcome.FAILED,
    "Wrong Number": Outcome.FAILED,
    "In Progress": Outcome.IN_PROGRESS,
    "911": Outcome.UNKNOWN,
    "933": Outcome.UNKNOWN,
    "Fax on Demand": Outcome.UNKNOWN,
    "Phone Login": Outcome.UNKNOWN,
    "Unknown": Outcome.UNKNOWN,
}

# Where the same word means something else when the linked company called.
OUTBOUND_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "Hang Up": Outcome.CANCELLED,
    "Abandoned": Outcome.CANCELLED,
}

# Results and reasons that say no more than the outcome they stand for; any other is worth a note.
PLAIN_RESULTS: Final = frozenset(
    {
        "Accepted",
        "Blocked",
        "Busy",
        "Call connected",
        "Declined",
        "Hang Up",
        "In Progress",
        "Missed",
        "No Answer",
        "Received",
        "Rejected",
        "Sent",
        "Unknown",
        "Voicemail",
    }
)
PLAIN_REASONS: Final = frozenset({"Accepted", "No Answer", "Line Busy", "Number Blocked"})

# Outcomes in which nobody talked, so that RingCentral's duration is the time it rang, or that of a voicemail.
NOBODY_TALKED: Final = frozenset(
    {
        Outcome.MISSED,
        Outcome.VOICEMAIL,
        Outcome.BUSY,
        Outcome.DECLINED,
        Outcome.CANCELLED,
        Outcome.BLOCKED,
        Outcome.FAILED,
    }
)

EXTENSION_KINDS: Final[Mapping[str, ExtensionKind]] = {
    "User": ExtensionKind.USER,
    "DigitalUser": ExtensionKind.USER,
    "VirtualUser": ExtensionKind.USER,
    "FlexibleUser": ExtensionKind.USER,
    "Limited": ExtensionKind.USER,
    "Department": ExtensionKind.QUEUE,  # what the portal calls a call queue
    "Voicemail": ExtensionKind.VOICEMAIL_BOX,
    "FaxUser": ExtensionKind.FAX_LINE,
    "IvrMenu": ExtensionKind.MENU,
    "PagingOnly": ExtensionKind.GROUP,
    "SharedLinesGroup": ExtensionKind.GROUP,
    "DelegatedLinesGroup": ExtensionKind.GROUP,
    "GroupCallPickup": ExtensionKind.GROUP,
    "Announcement": ExtensionKind.OTHER,
    "ApplicationExtension": ExtensionKind.OTHER,
    "Bot": ExtensionKind.OTHER,
    "ParkLocation": ExtensionKind.OTHER,
    "ProxyAdmin": ExtensionKind.OTHER,
    "Room": ExtensionKind.OTHER,
    "RoomConnector": ExtensionKind.OTHER,
    "Site": ExtensionKind.OTHER,
    "TieLine": ExtensionKind.OTHER,
    "Unknown": ExtensionKind.OTHER,
}

# What a leg did: every value of `action`. "E911 Update" and "FreeSPDL" are explained nowhere, so their words say no more than they do.
ACTIONS: Final[Mapping[str, str]] = {
    "Accept Call": _("Call accepted"),
    "Barge In Call": _("Joined by a supervisor"),
    "Call Park": _("Call parked"),
    "Call Return": _("Call returned"),
    "CallOut-CallMe": _("Called back"),
    "Calling Card": _("Calling card"),
    "Conference Call": _("Conference call"),
    "E911 Update": _("Address for emergencies updated"),
    "Emergency": _("Emergency call"),
    "External Application": _("Started by an application"),
    "FindMe": _("Rang the next telephone"),
    "FollowMe": _("Rang the next telephone"),
    "FreeSPDL": _("Phone call"),
    "Hunting": _("Rang the next telephone"),
    "Incoming Fax": _("Incoming fax"),
    "Monitoring": _("Listened in by a supervisor"),
    "Move": _("Moved to another device"),
    "Outgoing Fax": _("Outgoing fax"),
    "Paging": _("Announcement"),
    "Park Location": _("Call parked"),
    "Phone Call": _("Phone call"),
    "Phone Login": _("Telephone signed in"),
    "Pickup": _("Picked up for somebody else"),
    "RC Meetings": _("Meeting"),
    "Ring Directly": _("Rang directly"),
    "RingMe": _("Called from a web page"),
    "RingOut Mobile": _("Call started in the mobile app"),
    "RingOut PC": _("Call started on a computer"),
    "RingOut Web": _("Call started in a web page"),
    "Sip Forwarding": _("Forwarded"),
    "Support": _("Support"),
    "Text Relay": _("Text relay service"),
    "Transfer": _("Transferred"),
    "Unknown": _("Not told"),
    "VoIP Call": _("Phone call"),
    "VoiceChat Call": _("Voice chat"),
}


# How a leg was connected: every value of `legType`, which stands in for an action that is missing. The document explains none of them.
LEG_TYPES: Final[Mapping[str, str]] = {
    "Accept": _("Call accepted"),
    "CallBack": _("Called back"),
    "CallMeCallOut": _("Called back"),
    "CallPark": _("Call parked"),
    "CallingCard": _("Calling card"),
    "ConferenceCall": _("Conference call"),
    "ExtensionToExtension": _("From one extension to another"),
    "FaxSent": _("Outgoing fax"),
    "FindMe": _("Rang the next telephone"),
    "FollowMe": _("Rang the next telephone"),
    "Hunting": _("Rang the next telephone"),
    "ImsCall": _("Call over the mobile network"),
    "IvaCall": _("Call with the voice assistant"),
    "JoinCall": _("Joined the call"),
    "MeetingsCall": _("Meeting"),
    "MobileApp": _("Call with the mobile app"),
    "Monitoring": _("Listened in by a supervisor"),
    "MoveToConference": _("Moved to a conference"),
    "OutgoingFreeSpDl": _("Outgoing call"),
    "PagingServer": _("Announcement"),
    "ParkLocation": _("Call parked"),
    "Pickup": _("Picked up for somebody else"),
    "PstnToSip": _("From the public telephone network"),
    "RingDirectly": _("Rang directly"),
    "RingMe": _("Called from a web page"),
    "RingOutClientToCaller": _("Call started in a program, to the caller"),
    "RingOutClientToSubscriber": _("Call started in a program, to the subscriber"),
    "RingOutDeviceToCaller": _("Call started on a device, to the caller"),
    "RingOutDeviceToSubscriber": _("Call started on a device, to the subscriber"),
    "RingOutOneLegToCaller": _("Started call, to the caller only"),
    "RingOutWebToCaller": _("Call started in a web page, to the caller"),
    "RingOutWebToSubscriber": _("Call started in a web page, to the subscriber"),
    "ServiceMinus2": _("Service call"),
    "ServiceMinus3": _("Service call"),
    "SilentMonitoring": _("Listened in by a supervisor"),
    "SipForwarding": _("Forwarded"),
    "SipToPstnMetered": _("To the public telephone network, metered"),
    "SipToPstnUnmetered": _("To the public telephone network, not metered"),
    "TestCall": _("Test call"),
    "TextRelay": _("Text relay service"),
    "TransferCall": _("Transferred"),
    "Unknown": _("Not told"),
}


def leg_words(label: str) -> str:
    """What a leg did, by its action, else by how it was connected."""
    known = ACTIONS.get(label) or LEG_TYPES.get(label)
    return gettext(known) if known else humanised(label)


# Words that are shown as they came, for the translators.
ACCOUNT_STATUSES: Final = frozenset({_("Initial"), _("Unconfirmed"), _("Confirmed"), _("Disabled")})
BILLING_TYPES: Final = frozenset({_("Initial"), _("Regular"), _("Suspended"), _("Trial"), _("TrialNoCC"), _("Free")})
BILLING_UNITS: Final = frozenset({"Day", "Month", "Year"})
EXTENSION_STATUSES: Final = frozenset({_("Enabled"), _("Disabled"), _("Frozen"), _("NotActivated"), _("Unassigned")})

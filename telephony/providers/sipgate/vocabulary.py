"""sipgate's enumerations in ours, one table each (sipgate's swagger document of version 2, and its official Node client)."""

from __future__ import annotations

from telephony.core.types import Direction, Kind, Outcome

KINDS = {"CALL": Kind.CALL, "VOICEMAIL": Kind.VOICEMAIL, "SMS": Kind.SMS, "FAX": Kind.FAX}

DIRECTIONS = {
    "INCOMING": Direction.INBOUND,
    "MISSED_INCOMING": Direction.INBOUND,
    "OUTGOING": Direction.OUTBOUND,
    "MISSED_OUTGOING": Direction.OUTBOUND,
}
MISSED = frozenset({"MISSED_INCOMING", "MISSED_OUTGOING"})

# Newer entries have a callStatus, which says most. A call that reached the voicemail but left no message is a missed one.
CALL_STATUSES = {
    "SUCCESS": Outcome.ANSWERED,
    "FAILURE": Outcome.FAILED,
    "REJECTED": Outcome.DECLINED,
    "REJECTED_DND": Outcome.DECLINED,
    "VOICEMAIL_NO_MESSAGE": Outcome.MISSED,
    "BUSY_ON_BUSY": Outcome.BUSY,
    "BUSY": Outcome.BUSY,
    "MISSED": Outcome.MISSED,
}

# The legacy status of every entry. FORWARD means that someone else's phone took it.
STATUSES = {
    "PICKUP": Outcome.ANSWERED,
    "FORWARD": Outcome.ANSWERED,
    "NOPICKUP": Outcome.MISSED,
    "BUSY": Outcome.BUSY,
}

FAX_STATUSES = {
    "SENT": Outcome.ANSWERED,
    "FAILED": Outcome.FAILED,
    "PENDING": Outcome.IN_PROGRESS,
    "SENDING": Outcome.IN_PROGRESS,
    "SCHEDULED": Outcome.IN_PROGRESS,
}

# How an endpoint took part in a call; where it did more than be rung, how that ended.
ENDPOINT_ROLES = {"ROUTED": Outcome.UNKNOWN, "PICKUP": Outcome.ANSWERED, "FORWARDED": Outcome.UNKNOWN}
ENDPOINT_TYPES = frozenset(
    {
        "SMS", "REGISTER", "EXTERNAL", "FAX", "MOBILE", "GROUP", "VOICEMAIL", "PHONELINE", "USER",
        "NUMBER", "CONFERENCEROOM", "CHANNEL", "ACD", "DESKTOP_APP", "MOBILE_APP",
    }
)  # fmt: skip

# The main product of an account, as people know it; FORMER_... stands for an account that had it.
PRODUCTS = {
    "AFFILIATE": "Affiliate",
    "BASIC": "basic",
    "CLINQ": "CLINQ",
    "SATELLITE": "satellite",
    "SIMQUADRAT": "simquadrat",
    "TEAM": "team",
    "TRUNKING": "trunking",
    "FORMER_AFFILIATE": "Affiliate (former)",
    "FORMER_BASIC": "basic (former)",
    "FORMER_SATELLITE": "satellite (former)",
    "FORMER_SIMQUADRAT": "simquadrat (former)",
    "FORMER_TEAM": "team (former)",
    "FORMER_TRUNKING": "trunking (former)",
}

"""sipgate's enumerations in ours, one table each (sipgate's swagger document of version 2, and its official Node client)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from telephony.core.leg_words import humanised
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
_ROLE_WORDS = {
    "ROUTED": _("Went through: %(what)s"),
    "PICKUP": _("Picked up: %(what)s"),
    "FORWARDED": _("Forwarded to: %(what)s"),
}
ENDPOINT_TYPES = {
    "SMS": _("Text extension"),
    "REGISTER": _("Telephone"),
    "EXTERNAL": _("External telephone"),
    "FAX": _("Fax line"),
    "MOBILE": _("Mobile phone"),
    "GROUP": _("Group"),
    "VOICEMAIL": _("Voicemail box"),
    "PHONELINE": _("Phone line"),
    "USER": _("User"),
    "NUMBER": _("Number"),
    "CONFERENCEROOM": _("Conference room"),
    "CHANNEL": _("Channel"),
    "ACD": _("Call queue"),
    "DESKTOP_APP": _("App on a computer"),
    "MOBILE_APP": _("App on a mobile phone"),
}


def leg_words(label: str) -> str:
    """What an endpoint did and what it is, from "PICKUP REGISTER"; either may be missing or new."""
    role, _space, kind = label.partition(" ")
    if role not in _ROLE_WORDS:
        return str(ENDPOINT_TYPES[label]) if label in ENDPOINT_TYPES else humanised(label)
    what = str(ENDPOINT_TYPES.get(kind) or humanised(kind) or _("unknown"))
    return str(_ROLE_WORDS[role]) % {"what": what}


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

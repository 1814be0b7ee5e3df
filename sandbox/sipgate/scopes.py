"""sipgate's scopes: their names, and which of them opens what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_STEMS = """
account:rw addresses:rw authorization:oauth:clients:rw authorization:oauth2:clients:rw autorecording:greeting:rw
balance:r blacklist:rw callrestrictions:rw channels:r conferencerooms:rw contacts:rw contracts:rw contracts:crm:r
devices:rw devices:callerid:rw devices:contingents:r devices:forwardings:rw devices:localprefix:rw devices:sim:rw
devices:sims:orders:w devices:singlerowdisplay:rw devices:tariffannouncement:rw events:rw faxlines:rw
faxlines:numbers:r greetings:rw groups:rw groups:devices:w groups:faxlines:r groups:forwardings:rw groups:numbers:r
groups:users:r groups:voicemails:r history:rw ivrs:rw labels:rw log:webhooks:r microsoftteams:fqdn:rw
notifications:rw numbers:rw payment:methods:rw phonelines:rw phonelines:blockanonymous:rw phonelines:busyonbusy:rw
phonelines:devices:rw phonelines:forwardings:rw phonelines:numbers:r phonelines:parallelforwardings:rw
phonelines:sipgateio:rw phonelines:sipgateio:log:r phonelines:voicemails:rw phonelines:voicemails:greetings:rw
phones:rw portings:rw products:r rtcm:rw sessions:w sessions:calls:w sessions:fax:w sessions:sms:w settings:rw
settings:sipgateio:rw sms:rw sms:callerid:rw tacs:r trunk:r users:rw users:busyonbusy:w users:defaultdevice:w
users:role:w voicemails:rw
"""
_FORMS = {"r": "read", "w": "write"}


def _all_scopes() -> Iterator[str]:
    yield from ("all", "openid", "profile", "email", "offline_access", "push_device:register")
    for entry in _STEMS.split():
        stem, _, forms = entry.rpartition(":")
        yield from (f"{stem}:{_FORMS[form]}" for form in forms)


KNOWN_SCOPES = frozenset(_all_scopes())


def covers(granted: Iterable[str], needed: str) -> bool:
    """True when a grant has the scope itself, a parent of it (`sessions:write` for `sessions:sms:write`), or all."""
    stem, _, form = needed.rpartition(":")
    parts = stem.split(":")
    parents = {f"{':'.join(parts[:length])}:{form}" for length in range(1, len(parts) + 1)}
    return not parents.isdisjoint(granted) or "all" in granted

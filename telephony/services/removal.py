"""Taking a person out of a call: the number, the name, and everything beside them that tells who it was.

What counts in the statistics stays: when, which way, how it ended, how long, which extension. Rows are dictionaries of columns here, so
that a stored call and one that is about to be stored are treated by the same rule.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from telephony.core.phone import digits

Row = dict[str, Any]
SIDES = ("caller", "callee")
REMOVED = "removed"  # the fingerprint of a row of which nothing that could change is kept
TELLTALES: Row = {"note": "", "raw": {}, "recording": None, "voicemail": None, "unknown_values": []}
"""What is emptied in any case: free text, the provider's own record, and where a voice can be heard."""


def anonymous(now: datetime) -> Row:
    """The columns of a call whose both ends are removed; the same for every call, so one UPDATE does thousands."""
    return (
        TELLTALES | _blank("caller", now) | _blank("callee", now) | {"legs": [], "session": "", "fingerprint": REMOVED}
    )


def without_numbers(row: Row, is_forgotten: Callable[[str], bool], now: datetime) -> Row:
    """The row without the ends whose digits are forgotten; the row itself where there are none."""
    sides = [side for side in SIDES if is_forgotten(row[f"{side}_digits"])]
    legs = [_leg_without(leg, is_forgotten) for leg in row["legs"]]
    if not sides and legs == row["legs"]:
        return row
    changed = row | TELLTALES | {"legs": legs, "fingerprint": keyed(row["fingerprint"])}
    for side in sides:
        changed |= _blank(side, now)
    return changed


def keyed(text: str) -> str:
    """A digest that cannot be computed, and so not guessed at, without the site's key."""
    return digests(text)[0][:32]


def digests(text: str) -> list[str]:
    """The digest under the site's key and those under the keys before it, newest first."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hmac.new(b"switchboard forgotten" + str(key).encode(), text.encode(), "sha256").hexdigest() for key in keys]


def _blank(side: str, now: datetime) -> Row:
    columns: Row = {f"{side}_number": "", f"{side}_e164": None, f"{side}_digits": "", f"{side}_name": ""}
    return columns | {f"{side}_removed_at": now}


def _leg_without(leg: Any, is_forgotten: Callable[[str], bool]) -> Any:
    if not isinstance(leg, dict):
        return leg
    return leg | {side: _party_without(leg[side], is_forgotten) for side in SIDES if side in leg}


def _party_without(party: Any, is_forgotten: Callable[[str], bool]) -> Any:
    if isinstance(party, dict) and is_forgotten(digits(str(party.get("e164") or party.get("number") or ""))):
        return party | {"number": "", "e164": None, "name": ""}
    return party

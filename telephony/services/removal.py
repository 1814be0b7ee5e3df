"""Taking a person out of a call: the number, the name, and everything beside them that tells who it was.

What counts in the statistics stays: when, which way, how it ended, how long, which extension. Rows are dictionaries of columns here, so
that a stored call and one that is about to be stored are treated by the same rule.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from telephony.core.phone import SHORTEST_OUTSIDE_NUMBER, digits, to_e164
from telephony.services.regions import depends_on_region

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


def without_numbers(row: Row, is_forgotten: Callable[[str], bool], now: datetime, country: Callable[[], str]) -> Row:
    """The row without the ends whose digits are forgotten; the row itself where there are none.

    Legs may hold a number only as it was written; `country` is asked where it is another one in another country.
    """
    sides = [side for side in SIDES if is_forgotten(row[f"{side}_digits"])]
    legs = [_leg_without(leg, is_forgotten, country) for leg in row["legs"]]
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


def _leg_without(leg: Any, is_forgotten: Callable[[str], bool], country: Callable[[], str]) -> Any:
    if not isinstance(leg, dict):
        return leg
    return leg | {side: _party_without(leg[side], is_forgotten, country) for side in SIDES if side in leg}


def _party_without(party: Any, is_forgotten: Callable[[str], bool], country: Callable[[], str]) -> Any:
    if isinstance(party, dict) and any(map(is_forgotten, _forms(party, country))):
        return party | {"number": "", "e164": None, "name": ""}
    return party


def _forms(party: Row, country: Callable[[], str]) -> Iterator[str]:
    """The digits of a leg's end: of its E.164 form, else as they were written and as the whole number that this is in its country."""
    if party.get("e164"):
        yield digits(str(party["e164"]))
        return
    written = str(party.get("number") or "").strip()
    yield digits(written)
    if len(digits(written)) < SHORTEST_OUTSIDE_NUMBER:
        return
    whole = f"+{written[2:]}" if written.startswith("00") else written
    if e164 := to_e164(whole, country() if depends_on_region(whole) else None):
        yield digits(e164)

"""A person's forwarding numbers: telephones of hers that RingOut can ring besides her direct numbers, such as a mobile phone.

The fields and the words of `features` and `type` are those of the vendor's published models (`ForwardingNumberInfo` of its official client
library). There is no flag for *switched off*: a number that is used for neither forwarding nor flipping has neither feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from telephony.core import payload
from telephony.core.calling import CallingDevice
from telephony.core.phone import to_e164

FORWARDING_NUMBERS = "/restapi/v1.0/account/~/extension/~/forwarding-number"
_PREFIX = "forwarding:"
_IN_USE = frozenset({"CallFlip", "CallForwarding"})
# An extension's apps have no telephone number, and the number for outages need not be a telephone of this person.
_NOT_HERS = frozenset({"ExtensionApps", "Outage"})


def forwarding_devices(
    rows: Iterable[Mapping[str, Any]], region: str | None, known: Iterable[str]
) -> tuple[CallingDevice, ...]:
    """The forwarding numbers that are in use and are no `known` number (own lines are listed here, too), each once."""
    seen, found = set(known), []
    for row in rows:
        identity, number = payload.text(row.get("id"), limit=60), payload.text(row.get("phoneNumber"), limit=60)
        e164 = to_e164(number, region)
        if not identity or not e164 or e164 in seen or not _is_in_use(row):
            continue
        seen.add(e164)
        found.append(CallingDevice(f"{_PREFIX}{identity}", payload.text(row.get("label"), limit=100), e164))
    return tuple(found)


def ring_out_from(device: str) -> dict[str, object]:
    """RingOut's `from` for the key of a device: a forwarding number by its id, an own number as it is."""
    if device.startswith(_PREFIX):
        return {"forwardingNumberId": device.removeprefix(_PREFIX)}
    return {"phoneNumber": device}


def _is_in_use(row: Mapping[str, Any]) -> bool:
    return not _IN_USE.isdisjoint(payload.texts(row.get("features"))) and payload.text(row.get("type")) not in _NOT_HERS

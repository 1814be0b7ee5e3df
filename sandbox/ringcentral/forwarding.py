"""Forwarding numbers of one extension. The shapes follow the vendor's published models; the fact sheet does not cover them."""

from __future__ import annotations

from sandbox.ringcentral import ids
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.paging import envelope, page_request
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.wire import Json, link

_BOTH = ("CallFlip", "CallForwarding")


def of_extension(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/forwarding-number`."""
    extension = ask.target
    records, page = numbers_of(extension), page_request()
    path = f"/account/{ACCOUNT_ID}/extension/{extension.id}/forwarding-number"
    return envelope(path, [], page, records[page.start : page.start + page.size], len(records), totals=True)


def numbers_of(extension: Extension) -> list[Json]:
    """The own line, a mobile phone, a number at home that is used for nothing, and the number for outages."""
    person = extension.person
    if person is None:
        return []
    start = 5550000 + person.index
    return [
        _number(extension, person.number_us, "PhoneLine", f"{person.name}'s desk phone", _BOTH, 1),
        _number(extension, f"+1917{start}", "Mobile", "Mobile", _BOTH, 2),
        _number(extension, f"+1718{start}", "Home", "Home", (), 3),
        _number(extension, f"+1646{start}", "Outage", "Outage", ("CallForwarding",), None),
    ]


def _number(
    extension: Extension, number: str, kind: str, label: str, features: tuple[str, ...], flip: int | None
) -> Json:
    identity = str(ids.number_id(number) + extension.id % 1000)
    body: Json = {
        "id": identity,
        "uri": link(f"/account/{ACCOUNT_ID}/extension/{extension.id}/forwarding-number/{identity}"),
        "phoneNumber": number,
        "label": label,
        "type": kind,
        "features": list(features),
    }
    return body if flip is None else body | {"flipNumber": str(flip)}

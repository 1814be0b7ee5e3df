"""Phone numbers of the company and of one extension."""

from __future__ import annotations

from sandbox.ringcentral import ids
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.paging import envelope, page_request
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.wire import Json, link

_FEATURES = ("CallerId", "SmsSender", "MmsSender")
NO_SMS_PERSONS = frozenset({3, 23})
"""Persons whose number cannot send texts: it lacks the feature SmsSender."""


def of_company(ask: Ask) -> Json:
    """`GET /account/{accountId}/phone-number`: others than administrators see direct numbers only, without features."""
    records = [_direct(extension, ask.admin) for extension in ask.pbx.extensions if extension.direct_number]
    if ask.admin:
        records = [_main(ask), _pending(), *records]
    return _page(ask, f"/account/{ACCOUNT_ID}/phone-number", records)


def of_extension(ask: Ask) -> Json:
    """`GET .../extension/{extensionId}/phone-number`: the own numbers and the main number."""
    extension = ask.target
    mine = ask.admin or extension.id == ask.own.id
    records = [_direct(extension, mine)] if extension.direct_number else []
    if mine:
        records.append(_main(ask))
    return _page(ask, f"/account/{ACCOUNT_ID}/extension/{extension.id}/phone-number", records)


def can_text(extension: Extension, phone_number: str) -> bool:
    """Whether this extension may send texts from this number."""
    return phone_number == extension.direct_number and "SmsSender" in _features(extension)


def _page(ask: Ask, path: str, records: list[Json]) -> Json:
    page = page_request()
    return envelope(path, [], page, records[page.start : page.start + page.size], len(records), totals=True)


def _features(extension: Extension) -> tuple[str, ...]:
    texting = extension.person is not None and extension.person.index not in NO_SMS_PERSONS
    return _FEATURES if texting else _FEATURES[:1]


def _direct(extension: Extension, with_features: bool) -> Json:
    number = extension.direct_number or ""
    body = _number(number, "DirectNumber") | {
        "primary": True,
        "extension": {
            "id": extension.id,
            "uri": link(f"/account/{ACCOUNT_ID}/extension/{extension.id}"),
            "extensionNumber": extension.number,
            "type": extension.type,
            "name": extension.name,
        },
    }
    if with_features:
        body["features"] = list(_features(extension))
    return body


def _main(ask: Ask) -> Json:
    body = _number(ask.pbx.company.main_number_us, "MainCompanyNumber")
    return body | {"features": ["CallerId"], "label": "Main number"}


def _pending() -> Json:
    """A number that is still being moved, with a usage that no list names."""
    body = _number("+12125550199", "HologramNumber")
    return body | {"status": "Pending", "paymentType": "External", "label": ""}


def _number(number: str, usage: str) -> Json:
    return {
        "uri": link(f"/account/{ACCOUNT_ID}/phone-number/{ids.number_id(number)}"),
        "id": ids.number_id(number),
        "phoneNumber": number,
        "location": "New York, NY",
        "paymentType": "Local",
        "status": "Normal",
        "type": "VoiceFax",
        "usageType": usage,
        "country": {"id": "1", "uri": link("/dictionary/country/1"), "name": "United States"},
    }

"""Extensions, the directory, and what the signed-in user may do."""

from __future__ import annotations

from flask import request

from sandbox.ringcentral import enums, params
from sandbox.ringcentral.account import regional_settings
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.paging import envelope, page_request
from sandbox.ringcentral.pbx import ACCOUNT_ID, Extension
from sandbox.ringcentral.roles import granted
from sandbox.ringcentral.wire import Json, Query, link


def listing(ask: Ask) -> Json:
    """`GET /account/{accountId}/extension`: filters extensionNumber, email, status, type; pages with totals."""
    types = params.choices("type", enums.EXTENSION_TYPE)
    statuses = params.choices("status", enums.EXTENSION_STATUS)
    number, emails = request.args.get("extensionNumber"), request.args.getlist("email")
    found = [
        extension
        for extension in ask.pbx.extensions
        if (not types or extension.type in types)
        and (not statuses or extension.status in statuses)
        and (number is None or extension.number == number)
        and (not emails or (extension.person is not None and extension.person.email in emails))
    ]
    query: Query = [("type", value) for value in types] + [("status", value) for value in statuses]
    page = page_request()
    chosen = found[page.start : page.start + page.size]
    records = [record(extension) for extension in chosen]
    return envelope(f"/account/{ACCOUNT_ID}/extension", query, page, records, len(found), totals=True)


def one(ask: Ask) -> Json:
    """`GET /account/{accountId}/extension/{extensionId}`; the own one also says which features are on."""
    extension = ask.target
    body = record(extension)
    body["account"] = {"id": str(ACCOUNT_ID), "uri": link(f"/account/{ACCOUNT_ID}")}
    body["departments"] = []
    body["extensionNumbers"] = [extension.number] if extension.number else []
    body["regionalSettings"] = regional_settings()
    body["setupWizardState"] = "NotStarted" if extension.status == "NotActivated" else "Completed"
    if extension.id == ask.own.id:
        body["serviceFeatures"] = _features()
    return body


def directory(ask: Ask) -> Json:
    """`GET /account/{accountId}/directory/entries`: everyone with a number, pages with totals."""
    people = [extension for extension in ask.pbx.extensions if extension.person is not None]
    page = page_request()
    chosen = people[page.start : page.start + page.size]
    records = [_entry(extension) for extension in chosen]
    return envelope(f"/account/{ACCOUNT_ID}/directory/entries", [], page, records, len(people), totals=True)


def authz_profile(ask: Ask) -> Json:
    """`GET .../authz-profile`: the permissions that the role of the user has."""
    extension = ask.own_only()
    names = sorted(granted(ask.admin))
    return {
        "uri": link(f"{_path(extension)}/authz-profile"),
        "permissions": [
            {"permission": {"id": name}, "scopes": ["Account"] if ask.admin else ["Self"]} for name in names
        ],
    }


def authz_check(ask: Ask) -> Json:
    """`GET .../authz-profile/check?permissionId=`: whether one permission is there."""
    extension = ask.own_only()
    name = request.args.get("permissionId", "")
    return {
        "uri": link(f"{_path(extension)}/authz-profile/check", [("permissionId", name)]),
        "successful": name in granted(ask.admin),
    }


def record(extension: Extension) -> Json:
    """An extension as a list shows it; absent attributes are left out."""
    body: Json = {
        "id": extension.id,
        "uri": link(_path(extension)),
        "extensionNumber": extension.number,
        "name": extension.name or None,
        "type": extension.type,
        "status": extension.status,
        "hidden": extension.type == "ParkLocation",
        "contact": _contact(extension),
        "permissions": _permissions(extension) if extension.type == "User" else None,
        "profileImage": {"uri": link(f"{_path(extension)}/profile-image")} if extension.person else None,
        "site": {"id": "main-site", "name": "Main Site"} if extension.person else None,
        "creationTime": "2021-03-01T09:00:00.000Z" if extension.number else None,
    }
    return {key: value for key, value in body.items() if value is not None}


def _path(extension: Extension) -> str:
    return f"/account/{ACCOUNT_ID}/extension/{extension.id}"


def _contact(extension: Extension) -> Json | None:
    person = extension.person
    if person is None:
        return {"firstName": extension.name} if extension.queue is not None else None
    return {
        "firstName": person.first_name,
        "lastName": person.last_name,
        "name": person.name,
        "email": person.email,
        "department": person.department,
        "businessPhone": person.number_us,
        "emailAsLoginName": True,
    }


def _permissions(extension: Extension) -> Json:
    return {"admin": {"enabled": extension.admin}, "internationalCalling": {"enabled": extension.admin}}


def _features() -> list[Json]:
    return [
        {"featureName": "SMS", "enabled": True},
        {"featureName": "RingOut", "enabled": True},
        {"featureName": "InternationalCalling", "enabled": False, "reason": "AccountLimitation"},
    ]


def _entry(extension: Extension) -> Json:
    person = extension.person
    assert person is not None  # noqa: S101 - the caller looked
    return {
        "id": str(extension.id),
        "type": "User",
        "status": extension.status,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "department": person.department,
        "extensionNumber": extension.number,
        "account": {"id": str(ACCOUNT_ID)},
        "phoneNumbers": [{"phoneNumber": person.number_us, "type": "VoiceFax", "usageType": "DirectNumber"}],
    }

"""Who am I, which accounts do I have, which lines: identity, users, and the old Admin API."""

from __future__ import annotations

from flask import request

from sandbox.goto.ask import Ask
from sandbox.goto.errors import AdminError, not_allowed, not_found
from sandbox.goto.paging import page
from sandbox.goto.pbx import MAIN, Account, Line, user_id, user_key
from sandbox.goto.wire import Json, admin_path
from sandbox.model import Person

USERS_PER_PAGE = 10
_GETGO = "urn:scim:schemas:extension:getgo:1.0"
_ADMIN_ROLES = ["MANAGE_SETTINGS", "VIEW_INVOICES", "MANAGE_SEATS", "MANAGE_ACCOUNT", "RUN_REPORTS", "MANAGE_USERS"]


def identity_me(ask: Ask) -> Json:
    """`GET /identity/v1/Users/me`: a SCIM record, for which a token needs no scope."""
    return _scim(ask, ask.person, admin=ask.persona.admin)


def identity_users(ask: Ask) -> Json:
    """`GET /identity/v1/Users`: everyone, for those with the right to read the organization."""
    if "identity:" not in ask.session.scopes and "identity:scim.org" not in ask.session.scopes:
        raise AdminError(401, "not.authorized", "/v1/Users")
    if not ask.persona.admin:
        raise AdminError(401, "not.authorized", "/v1/Users")
    people = ask.pbx.people_of(ask.accounts[0])
    resources = [_scim(ask, person, admin=person.admin) for person in people]
    return {"totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources), "Resources": resources}


def users_me(ask: Ask) -> Json:
    """`GET /users/v1/me`: one item per account. The second one comes without the optional attributes."""
    items = []
    for account in ask.accounts:
        outbound = [{"number": ask.pbx.direct_number(ask.person, account), "name": ask.person.name}]
        item: Json = {"accountKey": account.key, "outboundPhoneNumbers": outbound}
        if account is MAIN:
            item |= {
                "organizationId": account.organization_id,
                "organizationName": account.name,
                "lines": [_line(line) for line in ask.pbx.lines_of(ask.person, account)],
            }
        items.append(item)
    return {"items": items}


def own_lines(ask: Ask) -> Json:
    """`GET /users/v1/lines`: the lines of the token's user, of all accounts or of `accountKey`."""
    account = ask.account() if "accountKey" in request.args else None
    return {"items": [_line(line) for line in ask.pbx.lines_of(ask.person, account)]}


def users(ask: Ask) -> Json:
    """`GET /users/v1/users`: ids and lines, no names; super administrators only."""
    account = ask.account()
    ask.require_admin()
    found = page(ask.pbx.people_of(account), user_key, USERS_PER_PAGE, 100)
    items: list[Json] = [
        {
            "userKey": user_key(person),
            "userId": user_id(person),
            "lines": [_line(line) for line in ask.pbx.lines_of(person, account)],
        }
        for person in found.items
    ]
    return {"items": items, **found.tail()}


def lines_of_user(ask: Ask) -> Json:
    """`GET /users/v1/users/{userKey}/lines`: one's own, or anybody's for super administrators."""
    person = person_by_key(ask, ask.values["user"])
    if person.index != ask.person.index and not ask.persona.admin:
        raise not_allowed()
    return {"items": [_line(line) for line in ask.pbx.lines_of(person) if line.account in ask.accounts]}


def admin_me(ask: Ask) -> Json:
    """`GET /admin/rest/v1/me` on the Admin host."""
    return {
        "key": user_key(ask.person),
        "accountKey": ask.accounts[0].key,
        "email": ask.person.email,
        "firstName": ask.person.first_name,
        "lastName": ask.person.last_name,
        "orgAdmin": ask.persona.admin,
        "adminRoles": _ADMIN_ROLES if ask.persona.admin else [],
        "products": ["ATTENDANTCONSOLE", "JIVE", "G2M", "G2C"],
        "accounts": [{"key": account.key, "name": account.name} for account in ask.accounts],
    }


def admin_users(ask: Ask) -> Json:
    """`GET /admin/rest/v1/accounts/{accountKey}/users`: the only list with names and e-mail addresses."""
    people = ask.pbx.people_of(_administered(ask))
    results: list[Json] = [
        {
            "key": user_key(person),
            "email": person.email,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "status": "ACTIVE" if person.index != 18 else "SUSPENDED",
        }
        for person in people
    ]
    return _window(results)


def admin_licenses(ask: Ask) -> Json:
    """`GET /admin/rest/v1/accounts/{accountKey}/licenses`: seats, the nearest thing to a balance."""
    account = _administered(ask)
    people = len(ask.pbx.people_of(account))
    connect: Json = {
        "key": f"{account.key[:-2]}77",
        "seats": people + 6,
        "userCount": people,
        "enabled": True,
        "description": "GoTo Connect Complete",
        "type": "CONNECT",
        "channel": "CORP",
        "products": ["JIVE"],
        "deviceCount": people,
    }
    return _window([connect])


def person_by_key(ask: Ask, key: str) -> Person:
    """A person of one of the accounts of whoever asks."""
    for account in ask.accounts:
        for person in ask.pbx.people_of(account):
            if user_key(person) == key:
                return person
    raise not_found()


def _administered(ask: Ask) -> Account:
    for account in ask.accounts:
        if account.key == ask.values["account"] and ask.persona.admin:
            return account
    raise AdminError(403, "not.authorized", admin_path())


def _window(results: list[Json]) -> Json:
    offset = _whole("offset", 0)
    size = min(_whole("pageSize", 100), 1000)
    chosen = results[offset : offset + size]
    return {
        "results": chosen,
        "fromIndex": offset,
        "toIndex": offset + len(chosen) - 1 if chosen else offset,
        "total": len(results),
    }


def _whole(name: str, default: int) -> int:
    raw = request.args.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
        raise AdminError(400, "invalid.parameter", admin_path())
    return int(raw)


def _scim(ask: Ask, person: Person, admin: bool) -> Json:
    entitlements = (["acctadmin"] if admin else []) + ["gotoconnect", "jive"]
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", _GETGO],
        "id": user_key(person),
        "userName": person.email,
        "name": {"givenName": person.first_name, "familyName": person.last_name},
        "displayName": person.name,
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "active": True,
        "locale": "en_US",
        "timezone": "America/New_York",
        _GETGO: {
            "accounts": [
                {"value": account.key, "display": account.name, "entitlements": entitlements}
                for account in ask.pbx.accounts_of(person)
            ]
        },
    }


def _line(line: Line) -> Json:
    return {
        "id": line.id,
        "name": line.name,
        "number": line.number,
        "primary": line.primary,
        "region": line.account.region,
        "accountKey": line.account.key,
        "organization": {"id": line.account.organization_id, "name": line.account.name},
    }

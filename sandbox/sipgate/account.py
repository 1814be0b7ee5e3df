"""Account, balance, identity and users."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.model import Person
from sandbox.sipgate.access import Caller, Door
from sandbox.sipgate.people import device_id, is_admin

BALANCES = "sipgate.balances"
OPENING_BALANCE = 1_234_567
"""In ten-thousandths of a euro, as everything about money at sipgate."""


def balance_of(caller: Caller) -> int:
    """The prepaid balance."""
    record = caller.sandbox.store.get(BALANCES, caller.account)
    return OPENING_BALANCE if record is None else int(record["amount"])


def charge(caller: Caller, amount: int) -> bool:
    """Take an amount off the balance; False (and nothing taken) when there is not enough."""
    with caller.sandbox.store.transaction():
        left = balance_of(caller) - amount
        if left < 0:
            return False
        caller.sandbox.store.put(BALANCES, caller.account, {"amount": left})
        return True


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": f"w{person.index}",
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.email,
        "defaultDevice": device_id(person) if person.index != 16 else "",
        "busyOnBusy": person.index % 5 == 0,
        "addressId": "4711",
        "directDialIds": [str(9_000_001 + person.index)],
        "timezone": "Europe/Berlin",
        "admin": is_admin(person),
    }


def add_to(api: Blueprint, door: Door) -> None:
    """Add the paths."""

    @api.get("/account")
    @door.opens("account:read")
    def account(caller: Caller) -> Response:
        company = caller.sandbox.company.name + (" (neo)" if caller.neo else "")
        return jsonify(company=company, mainProductType="TEAM", logoUrl="", verified=True, historyLifeTime="UNLIMITED")

    @api.get("/balance")
    @door.opens("balance:read")
    def balance(caller: Caller) -> Response:
        caller.need_admin()
        return jsonify(amount=balance_of(caller), currency="EUR")

    @api.get("/authorization/userinfo")
    @door.opens()
    def userinfo(caller: Caller) -> Response:
        return jsonify(
            sub=caller.persona.extra["user"], domain="sipgate.de", masterSipId=caller.account, locale="de_DE"
        )

    @api.get("/users", strict_slashes=False)
    @api.get("/users/", strict_slashes=False)
    @door.opens("users:read")
    def users(caller: Caller) -> Response:
        return jsonify(items=[_user(person) for person in caller.persons()])

    @api.get("/users/<user_id>")
    @door.opens("users:read")
    def user(caller: Caller, user_id: str) -> Response:
        return jsonify(_user(caller.person(user_id)))

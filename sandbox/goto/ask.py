"""One authenticated request to the API: who asks, for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Response, request

from sandbox.goto.errors import bad_request, malformed, not_allowed
from sandbox.goto.pbx import Account, Pbx
from sandbox.goto.wire import Json
from sandbox.grants import Session
from sandbox.model import Person
from sandbox.policy import Persona

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Answer = Json | Response


@dataclass(frozen=True, slots=True)
class Ask:
    """What a handler is given. `values` are the variable parts of the path."""

    sandbox: Sandbox
    pbx: Pbx
    session: Session
    persona: Persona
    values: Mapping[str, str]

    @property
    def now(self) -> datetime:
        """The present on the sandbox's clock."""
        return self.sandbox.clock.now()

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.pbx.company.persons[self.persona.person]

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts of the person who asks."""
        return self.pbx.accounts_of(self.person)

    def account(self) -> Account:
        """The account of the required parameter `accountKey`, refused when it is not one of the person's."""
        key = request.args.get("accountKey")
        if not key:
            raise bad_request("NotNull", "accountKey")
        return self.account_of_key(key)

    def account_of_key(self, key: str) -> Account:
        """The person's account with this key."""
        for account in self.accounts:
            if account.key == key:
                return account
        raise not_allowed("The user does not belong to the account")

    def require_admin(self) -> None:
        """Refuse everyone but (super) administrators."""
        if not self.persona.admin:
            raise not_allowed()

    def body(self) -> Json:
        """The JSON object in the body."""
        body = request.get_json(silent=True, force=True)
        if not isinstance(body, dict):
            raise malformed()
        return body


def instant(name: str) -> datetime | None:
    """A time in the query; without an offset it is UTC. A raw `+` arrives as a space and is refused."""
    raw = request.args.get(name)
    if raw is None:
        return None
    try:
        value = datetime.fromisoformat(raw)
    except ValueError:
        raise bad_request("InvalidFormat", name) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def required_instant(name: str) -> datetime:
    """A time that must be there."""
    value = instant(name)
    if value is None:
        raise bad_request("NotNull", name)
    return value

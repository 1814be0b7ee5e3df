"""Who is asking: a Bearer token or a personal access token, its scopes, its role and its kind of account."""

from __future__ import annotations

import base64
import binascii
import functools
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from flask import Response, request
from flask.typing import ResponseReturnValue

from sandbox.grants import TokenState
from sandbox.model import Person
from sandbox.oauth import OAuthServer, bearer_token
from sandbox.policy import Persona
from sandbox.sipgate.people import NEO
from sandbox.sipgate.scopes import covers

if TYPE_CHECKING:
    from sandbox.app import Sandbox

P = ParamSpec("P")
PERSONAL_TOKENS = "personal_tokens"
PER_MINUTE = 300
CLASSIC_ONLY = "This endpoint is only available for accounts with a classic PBX"
_SEEDED = (
    ("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001", "admin", ["all"], "every scope"),
    ("token-SBXRED", "5e11c0de-0000-4000-8000-a11000000002", "admin", ["account:read"], "only account:read"),
    ("token-SBXUSR", "5e11c0de-0000-4000-8000-a11000000003", "user", ["all"], "every scope, plain user"),
    ("token-SBXNEO-0", "5e11c0de-0000-4000-8000-a11000000004", "neo-admin", ["all"], "every scope, sipgate neo"),
)


class Refused(Exception):
    """A request answered with an error: a status, and a plain text where sipgate gives one."""

    def __init__(self, status: int, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text
        self.retry_after = retry_after

    def response(self) -> Response:
        """The answer."""
        answer = Response(self.text, self.status, content_type="text/plain;charset=UTF-8")
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(max(1, round(self.retry_after)))
        return answer


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request and what the token allows."""

    sandbox: Sandbox
    persona: Persona
    scopes: tuple[str, ...]

    @property
    def account(self) -> str:
        """The master SIP id."""
        return self.persona.extra["account"]

    @property
    def neo(self) -> bool:
        """True for an account with the new system."""
        return self.account == NEO

    @property
    def admin(self) -> bool:
        """True for an administrator."""
        return self.persona.admin

    @property
    def me(self) -> Person:
        """The person in the company."""
        return self.sandbox.company.persons[self.persona.person]

    def persons(self) -> tuple[Person, ...]:
        """Everybody for an administrator, otherwise only the person asking."""
        return self.sandbox.company.persons if self.admin else (self.me,)

    def person(self, user_id: str) -> Person:
        """The person with an id like `w3`; 404 when there is none, 403 when it is none of the caller's business."""
        persons = self.sandbox.company.persons
        if not user_id.startswith("w") or not user_id[1:].isdigit() or int(user_id[1:]) >= len(persons):
            raise Refused(404)
        return self.allowed(persons[int(user_id[1:])])

    def allowed(self, person: Person) -> Person:
        """The person, unless only an administrator may look."""
        if person not in self.persons():
            raise Refused(403)
        return person

    def need_admin(self) -> None:
        """403 for plain users."""
        if not self.admin:
            raise Refused(403)

    def need_classic(self) -> None:
        """403 with a sentence for accounts with the new system."""
        if self.neo:
            raise Refused(403, CLASSIC_ONLY)


def seed_personal_tokens(sandbox: Sandbox) -> None:
    """The four personal access tokens that are always there."""
    for token_id, token, person, scopes, note in _SEEDED:
        if sandbox.store.get(PERSONAL_TOKENS, token_id) is None:
            record = {"provider": "sipgate", "id": token_id, "token": token, "person": person, "scopes": scopes}
            sandbox.store.put(PERSONAL_TOKENS, token_id, record | {"note": note, "revoked": False})


class Door:
    """Turns the request's credentials into a `Caller`."""

    def __init__(self, server: OAuthServer) -> None:
        self.server = server
        self.sandbox = server.sandbox

    def caller(self) -> Caller:
        """The caller, or 401 (empty body), or 429."""
        token = bearer_token()
        caller = self._by_bearer(token) if token else self._by_basic()
        decision = self.sandbox.rates.hit(("sipgate", caller.persona.key), PER_MINUTE)
        if not decision.allowed:
            raise Refused(429, retry_after=decision.retry_after)
        return caller

    def _by_bearer(self, token: str) -> Caller:
        check = self.server.check_access(token)
        if check.state is not TokenState.GOOD or check.session is None:
            raise Refused(401)
        return Caller(self.sandbox, self.server.persona(check.session.persona), check.session.scopes)

    def _by_basic(self) -> Caller:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            token_id, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(401) from None
        record = self.sandbox.store.get(PERSONAL_TOKENS, token_id) if scheme.lower() == "basic" else None
        if record is None or record["revoked"] or not hmac.compare_digest(record["token"].encode(), token.encode()):
            raise Refused(401)
        return Caller(self.sandbox, self.server.persona(record["person"]), tuple(record["scopes"]))

    def opens(
        self, *scopes: str
    ) -> Callable[[Callable[Concatenate[Caller, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
        """Decorate an endpoint: its first argument becomes the caller, who must hold one of these scopes."""

        def decorate(view: Callable[Concatenate[Caller, P], ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                caller = self.caller()
                if scopes and not any(covers(caller.scopes, scope) for scope in scopes):
                    raise Refused(403)
                return view(caller, *args, **kwargs)

            return guarded

        return decorate


def json_body() -> dict[str, object]:
    """The request's JSON object; 415 for another content type, 400 for another shape."""
    if request.mimetype != "application/json":
        raise Refused(415)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(400)
    return body


def text_of(body: dict[str, object], name: str, default: str | None = None) -> str:
    """A text field of the body; 400 when it is missing, blank or no text."""
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise Refused(400)
    return value

"""The doors of both API hosts: token, rate, scope."""

from __future__ import annotations

from flask import request

from sandbox.goto import errors
from sandbox.goto.ask import Ask
from sandbox.goto.errors import AdminError, ApiError
from sandbox.goto.pbx import Pbx
from sandbox.goto.routes import Route
from sandbox.goto.wire import admin_path
from sandbox.grants import Session, TokenState
from sandbox.oauth import OAuthServer, bearer_token

PER_SECOND = 10


class Door:
    """Lets a request in, or says why not. The Admin host has fewer words for it."""

    def __init__(self, server: OAuthServer, pbx: Pbx, admin: bool) -> None:
        self.server = server
        self.sandbox = server.sandbox
        self.pbx = pbx
        self.admin = admin

    def ask(self, route: Route, values: dict[str, str]) -> Ask:
        """The authenticated request, with its scope checked."""
        session = self.session()
        self._count(session)
        if route.scope and route.scope not in session.scopes:
            if self.admin:
                raise AdminError(401, "not.authenticated", admin_path())
            raise errors.scope_missing(route.scope)
        return Ask(self.sandbox, self.pbx, session, self.server.persona(session.persona), values)

    def session(self) -> Session:
        """The session of the bearer token."""
        token = bearer_token()
        check = self.server.check_access(token)
        if check.state is TokenState.GOOD and check.session is not None:
            return check.session
        if self.admin:
            raise AdminError(401, "not.authenticated", admin_path())
        raise _refusal(token, check.state)

    def _count(self, session: Session) -> None:
        """Ten requests a second for each API and client; the answer says nothing about when to come back."""
        api = request.path.split("/")[3]
        if not self.sandbox.rates.hit(("goto", api, session.client_id), PER_SECOND, 1.0).allowed:
            raise errors.too_many()


def _refusal(token: str, state: TokenState) -> ApiError:
    if not token:
        return errors.token_missing()
    if token.count(".") != 2:
        return errors.token_malformed()
    return errors.token_expired() if state is TokenState.EXPIRED else errors.token_invalid()

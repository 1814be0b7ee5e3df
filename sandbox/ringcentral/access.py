"""The door of the REST API: token, rate, permissions, account; in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from sandbox.grants import AccessCheck, Session, TokenState
from sandbox.oauth import OAuthServer
from sandbox.ringcentral import errors, throttle
from sandbox.ringcentral.ask import Ask
from sandbox.ringcentral.calllog_rows import RowCache
from sandbox.ringcentral.errors import ApiError
from sandbox.ringcentral.oauth import looks_issued
from sandbox.ringcentral.pbx import Pbx
from sandbox.ringcentral.roles import granted, includes

if TYPE_CHECKING:
    from sandbox.ringcentral.routes import Route

CORRUPTED_FOR = 10
"""Seconds during which a replaced token is called corrupted; afterwards it is not found."""


class Door:
    """Lets a request in, or says why not."""

    def __init__(self, server: OAuthServer, pbx: Pbx) -> None:
        self.server = server
        self.sandbox = server.sandbox
        self.pbx = pbx
        self.rows = RowCache(pbx)

    def ask(self, route: Route, values: dict[str, str]) -> Ask:
        """The authenticated and permitted request."""
        session = self.session()
        throttle.count(self.sandbox, route.group, session.client_id, session.persona)
        ask = Ask(self.sandbox, self.pbx, self.rows, session, self.server.persona(session.persona), values)
        if route.app and not includes(session.scopes, route.app):
            raise errors.app_permission(route.app)
        if route.user and route.user not in granted(ask.admin):
            raise errors.user_permission(route.user)
        ask.check_account()
        return ask

    def session(self) -> Session:
        """The session of the token in the header (any case of the scheme) or in `access_token`."""
        token = self._token()
        check = self.server.check_access(token)
        if check.state is TokenState.GOOD and check.session is not None:
            return check.session
        raise self._refusal(token, check)

    def _token(self) -> str:
        header = request.headers.get("Authorization")
        if header is None:
            token = request.args.get("access_token", "")
            if not token:
                raise errors.no_authorization()
            return token
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise errors.bad_authorization()
        return token.strip()

    def _refusal(self, token: str, check: AccessCheck) -> ApiError:
        match check.state:
            case TokenState.EXPIRED:
                return errors.token_expired()
            case TokenState.REPLACED:
                fresh = self.sandbox.clock.timestamp() - (check.replaced_at or 0.0) < CORRUPTED_FOR
                return errors.token_corrupted() if fresh else errors.token_not_found()
            case TokenState.REVOKED:
                return errors.token_not_found()
            case _:
                return errors.token_not_found() if looks_issued(token) else errors.token_invalid()

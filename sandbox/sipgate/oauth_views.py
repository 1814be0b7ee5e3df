"""The paths of a Keycloak realm."""

from __future__ import annotations

import jwt
from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.consent import ConsentPages
from sandbox.grants import TokenState
from sandbox.keys import signing_key
from sandbox.oauth import OAuthServer, bearer_token
from sandbox.policy import OAuthRefused
from sandbox.sipgate.oauth import error_response, issuer
from sandbox.sipgate.scopes import KNOWN_SCOPES

REALMS = ("third-party", "sipgate-apps")
_REALM = "/login/auth/realms/<realm>"
_PROTOCOL = f"{_REALM}/protocol/openid-connect"


class RealmViews:
    """Authorize, token, userinfo, revoke, logout, introspect, keys and discovery of both realms."""

    def __init__(self, server: OAuthServer, pages: ConsentPages) -> None:
        self.server = server
        self.pages = pages

    def authorize(self, realm: str) -> ResponseReturnValue:
        """The browser's way in."""
        _known(realm)
        return self.pages.start(realm)

    def token(self, realm: str) -> Response:
        """Codes and refresh tokens for tokens."""
        _known(realm)
        return self.server.token_response()

    def userinfo(self, realm: str) -> ResponseReturnValue:
        """The signed-in web user (OIDC); the subject is not the API's user id."""
        _known(realm)
        check = self.server.check_access(bearer_token())
        if check.state is not TokenState.GOOD or check.session is None:
            refused = jsonify(error="invalid_token", error_description="Token verification failed")
            return refused, 401, {"WWW-Authenticate": f'Bearer realm="{realm}", error="invalid_token"'}
        persona = self.server.persona(check.session.persona)
        return jsonify(sub=persona.subject, email=persona.email, email_verified=True, preferred_username=persona.email)

    def revoke(self, realm: str) -> ResponseReturnValue:
        """RFC 7009: 200 whatever the token is."""
        return self._authenticated(realm, "token", 200)

    def logout(self, realm: str) -> ResponseReturnValue:
        """End the session of a refresh token."""
        return self._authenticated(realm, "refresh_token", 204)

    def _authenticated(self, realm: str, field: str, status: int) -> ResponseReturnValue:
        _known(realm)
        try:
            self.server.authenticate_client(request.form)
        except OAuthRefused as refused:
            return error_response(refused)
        self.server.revoke(request.form.get(field, ""))
        return Response(status=status)

    def introspect(self, realm: str) -> ResponseReturnValue:
        """RFC 7662."""
        _known(realm)
        try:
            self.server.authenticate_client(request.form)
        except OAuthRefused as refused:
            return error_response(refused)
        token = request.form.get("token", "")
        check = self.server.check_access(token)
        if check.state is not TokenState.GOOD:
            return jsonify(active=False)
        return jsonify(jwt.decode(token, options={"verify_signature": False}) | {"active": True})

    def certs(self, realm: str) -> Response:
        """The public keys."""
        _known(realm)
        return jsonify(signing_key(self.server.sandbox.store, "sipgate").jwks())

    def discovery(self, realm: str) -> Response:
        """OpenID discovery."""
        _known(realm)
        protocol = f"{issuer(realm)}/protocol/openid-connect"
        return jsonify(
            issuer=issuer(realm),
            authorization_endpoint=f"{protocol}/auth",
            token_endpoint=f"{protocol}/token",
            userinfo_endpoint=f"{protocol}/userinfo",
            end_session_endpoint=f"{protocol}/logout",
            revocation_endpoint=f"{protocol}/revoke",
            introspection_endpoint=f"{protocol}/token/introspect",
            jwks_uri=f"{protocol}/certs",
            grant_types_supported=["authorization_code", "refresh_token"],
            response_types_supported=["code"],
            code_challenge_methods_supported=["plain", "S256"],
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
            scopes_supported=sorted(KNOWN_SCOPES),
        )


def _known(realm: str) -> None:
    if realm not in REALMS:
        abort(404)


def add_to(routes: Blueprint, server: OAuthServer, pages: ConsentPages) -> None:
    """Add the realm's paths."""
    views = RealmViews(server, pages)
    routes.get(f"{_PROTOCOL}/auth")(views.authorize)
    routes.post(f"{_PROTOCOL}/token")(views.token)
    routes.add_url_rule(f"{_PROTOCOL}/userinfo", view_func=views.userinfo, methods=["GET", "POST"])
    routes.post(f"{_PROTOCOL}/revoke")(views.revoke)
    routes.post(f"{_PROTOCOL}/logout")(views.logout)
    routes.post(f"{_PROTOCOL}/token/introspect")(views.introspect)
    routes.get(f"{_PROTOCOL}/certs")(views.certs)
    routes.get(f"{_REALM}/.well-known/openid-configuration")(views.discovery)

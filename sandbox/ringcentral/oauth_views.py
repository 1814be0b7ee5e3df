"""RingCentral's OAuth endpoints: authorize, token, revoke, and the OpenID ones."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox.consent import ConsentPages
from sandbox.grants import CODES, token_key
from sandbox.keys import signing_key
from sandbox.oauth import OAuthServer
from sandbox.policy import OAuthRefused
from sandbox.ringcentral import throttle
from sandbox.ringcentral.access import Door
from sandbox.ringcentral.oauth import LOCKED_OUT, third_party_forbidden, token_error
from sandbox.ringcentral.pbx import ACCOUNT_ID
from sandbox.ringcentral.roles import app_permissions
from sandbox.ringcentral.wire import Json, host, json_response


class OAuthViews:
    """The endpoints, over the common engine."""

    def __init__(self, server: OAuthServer, pages: ConsentPages, door: Door) -> None:
        self.server = server
        self.pages = pages
        self.door = door

    def add_to(self, blueprint: Blueprint) -> None:
        """Register every path."""
        add = blueprint.add_url_rule
        add("/restapi/oauth/authorize", "authorize", self.authorize, methods=["GET", "POST"])
        add("/restapi/oauth/token", "token", self.token, methods=["POST"])
        add("/restapi/oauth/revoke", "revoke", self.revoke, methods=["POST"])
        add("/restapi/oauth/userinfo", "userinfo", self.userinfo, methods=["GET", "POST"])
        add("/restapi/oauth/jwks", "jwks", self.jwks)
        add("/.well-known/openid-configuration", "openid", self.openid)

    def authorize(self) -> BaseResponse:
        """The asked-for scope is ignored: a token carries what the application was configured for."""
        wanted = request.values.to_dict()
        wanted["scope"] = " ".join(app_permissions(self.server.sandbox.store))
        return self.pages.start(parameters=wanted)

    def token(self) -> Response:
        """Code and refresh grants, throttled per application and user."""
        throttle.count(self.server.sandbox, "Auth", self._client_id(), self._person())
        if self._code_of_locked_out():
            try:
                self.server.authenticate_client(request.form)
            except OAuthRefused as refused:
                return token_error(refused)
            return third_party_forbidden()
        answer = self.server.token_response()
        answer.content_type = "application/json;charset=utf-8"
        return answer

    def revoke(self) -> Response:
        """Ends the whole session of an access or a refresh token; an unknown token is no error."""
        try:
            self.server.authenticate_client(request.form)
        except OAuthRefused as refused:
            return token_error(refused)
        throttle.count(self.server.sandbox, "Auth", self._client_id(), self._person())
        self.server.revoke(request.values.get("token", ""))
        return Response(status=200, content_type="application/json;charset=utf-8")

    def userinfo(self) -> Response:
        """Who the token belongs to."""
        session = self.door.session()
        throttle.count(self.server.sandbox, "Auth", session.client_id, session.persona)
        persona = self.server.persona(session.persona)
        person = self.door.pbx.company.persons[persona.person]
        body: Json = {
            "sub": persona.subject,
            "email": person.email,
            "email_verified": True,
            "account_id": str(ACCOUNT_ID),
            "given_name": person.first_name,
            "family_name": person.last_name,
        }
        return json_response(body)

    def jwks(self) -> Response:
        """The keys of id tokens."""
        return json_response(signing_key(self.server.sandbox.store, "ringcentral").jwks())

    def openid(self) -> Response:
        """OpenID discovery."""
        oauth = f"{host()}/restapi/oauth"
        body: Json = {
            "issuer": host(),
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "userinfo_endpoint": f"{oauth}/userinfo",
            "jwks_uri": f"{oauth}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        }
        return json_response(body)

    def _code_of_locked_out(self) -> bool:
        record = self.server.sandbox.store.get(CODES, token_key(request.form.get("code", "")))
        return record is not None and record["provider"] == "ringcentral" and record["persona"] == LOCKED_OUT

    def _client_id(self) -> str:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                return unquote_plus(base64.b64decode(value, validate=True).decode().partition(":")[0])
            except (binascii.Error, UnicodeDecodeError):
                return ""
        return request.form.get("client_id", "")

    def _person(self) -> str:
        """Whose token is asked for, as far as the request tells."""
        store, form = self.server.sandbox.store, request.form
        record = store.get(CODES, token_key(form.get("code", "")))
        if record is not None:
            return str(record["persona"])
        token = form.get("refresh_token") or request.values.get("token", "")
        session = self.server.sandbox.grants.session_of_token(token)
        return "" if session is None else session.persona

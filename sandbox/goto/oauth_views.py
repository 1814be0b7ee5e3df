"""GoTo's OAuth endpoints, under the authentication host."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox.consent import ConsentPages
from sandbox.goto.oauth import CLIENT_SCOPES, PERSONAL_TOKENS, token_error
from sandbox.goto.wire import PREFIX, Json, json_response
from sandbox.grants import TokenState
from sandbox.keys import signing_key
from sandbox.oauth import OAuthServer
from sandbox.policy import OAuthRefused, Reason

_HOST = "/authentication"


class OAuthViews:
    """The endpoints, over the common engine."""

    def __init__(self, server: OAuthServer, pages: ConsentPages) -> None:
        self.server = server
        self.pages = pages

    def add_to(self, blueprint: Blueprint) -> None:
        """Register every path."""
        add = blueprint.add_url_rule
        add(f"{_HOST}/oauth/authorize", "authorize", self.authorize)
        add(f"{_HOST}/oauth/token", "token", self.token, methods=["POST"])
        add(f"{_HOST}/oauth/revoke", "revoke", self.revoke, methods=["POST"])
        add(f"{_HOST}/oauth/introspect", "introspect", self.introspect, methods=["POST"])
        add(f"{_HOST}/oauth/jwks.json", "jwks", self.jwks)
        add(f"{_HOST}/.well-known/oauth-authorization-server", "metadata", self.metadata)

    def authorize(self) -> BaseResponse:
        """Without a scope all scopes of the client are asked for."""
        wanted = request.args.to_dict()
        if not wanted.get("scope", "").strip():
            wanted["scope"] = " ".join(CLIENT_SCOPES)
        return self.pages.start(parameters=wanted)

    def token(self) -> Response:
        """Code, refresh, and personal access tokens."""
        if request.form.get("grant_type") != "personal_access_token":
            return self.server.token_response()
        try:
            return self._swap_personal_token(self.server.authenticate_client(request.form))
        except OAuthRefused as refused:
            return token_error(refused)

    def revoke(self) -> Response:
        """Ends the grant of a token; an unknown token is no error."""
        try:
            self.server.authenticate_client(request.form)
        except OAuthRefused as refused:
            return token_error(refused)
        self.server.revoke(request.form.get("token", ""))
        return Response(status=200)

    def introspect(self) -> Response:
        """Whether an access token is worth something."""
        try:
            self.server.authenticate_client(request.form)
        except OAuthRefused as refused:
            return token_error(refused)
        check = self.server.check_access(request.form.get("token", ""))
        if check.state is not TokenState.GOOD or check.session is None:
            return json_response({"active": False})
        body: Json = {
            "active": True,
            "scope": " ".join(check.session.scopes),
            "client_id": check.session.client_id,
            "exp": int(check.expires_at),
            "token_type": "Bearer",
        }
        return json_response(body)

    def jwks(self) -> Response:
        """The keys of the tokens."""
        return json_response(signing_key(self.server.sandbox.store, "goto").jwks("RS512"))

    def metadata(self) -> Response:
        """RFC 8414. There is no OpenID discovery, and no list of scopes."""
        issuer = f"{request.host_url.rstrip('/')}{PREFIX}{_HOST}"
        body: Json = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "introspection_endpoint": f"{issuer}/oauth/introspect",
            "revocation_endpoint": f"{issuer}/oauth/revoke",
            "jwks_uri": f"{issuer}/oauth/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": True,
        }
        return json_response(body)

    def _swap_personal_token(self, client_id: str) -> Response:
        pat = request.form.get("pat", "")
        if not pat:
            raise OAuthRefused(Reason.PARAMETER_MISSING, "pat")
        person = PERSONAL_TOKENS.get(pat)
        if person is None:
            raise OAuthRefused(Reason.REFRESH_UNKNOWN)
        session = self.server.sandbox.grants.open_session("goto", client_id, person, CLIENT_SCOPES, "", 0)
        issued = self.server.issue(session, "personal_access_token", request.form, with_refresh=False)
        return json_response(self.server.policy.token_body(issued), headers={"Cache-Control": "no-store"})

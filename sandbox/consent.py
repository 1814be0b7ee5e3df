"""The pages of an OAuth server that the browser sees: choose a person, then allow or deny."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox.clients import find_client
from sandbox.grants import Session
from sandbox.oauth import OAuthServer
from sandbox.policy import OAuthRefused, Persona, Reason
from sandbox.store import Record

if TYPE_CHECKING:
    from sandbox.app import Sandbox

FLOWS = "flows"
CONSENTS = "consents"
FLOW_LIFETIME = 1800


class ConsentPages:
    """Sign-in and consent for one provider. The provider's own authorize path calls `start`."""

    def __init__(self, server: OAuthServer) -> None:
        self.server = server

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the two form targets to the provider's blueprint, at `/_signin/<flow>` and `/_consent/<flow>`."""
        blueprint.add_url_rule("/_signin/<flow_id>", "sandbox_signin", self.sign_in, methods=["GET", "POST"])
        blueprint.add_url_rule("/_consent/<flow_id>", "sandbox_consent", self.decide, methods=["POST"])

    def start(self, realm: str = "", parameters: Mapping[str, str] | None = None) -> BaseResponse:
        """The authorize endpoint: an error page, a redirect with an error, or the sign-in page."""
        wanted = request.values if parameters is None else parameters
        try:
            flow = self._trusted_part(wanted, realm)
        except OAuthRefused as refused:
            return self._error_page(refused)
        try:
            self._rest(flow, wanted)
        except OAuthRefused as refused:
            return self._back(flow, {"error": _REDIRECT_ERRORS[refused.reason], "error_description": refused.detail})
        flow_id = secrets.token_urlsafe(18)
        self.server.sandbox.store.put(FLOWS, flow_id, flow)
        return self._page("signin.html", flow_id, flow, personas=self.server.personas())

    def _trusted_part(self, wanted: Mapping[str, str], realm: str) -> Record:
        """Client and redirect URI: as long as these are in doubt nobody is sent anywhere."""
        client_id = wanted.get("client_id", "")
        if not client_id:
            raise OAuthRefused(Reason.PARAMETER_MISSING, "client_id")
        client = find_client(self.server.sandbox.store, self.server.provider, client_id)
        if client is None:
            raise OAuthRefused(Reason.CLIENT_UNKNOWN, client_id)
        given = wanted.get("redirect_uri", "")
        return {
            "client_id": client_id,
            "redirect_uri": self.server.redirect_uri_of(client, given),
            "redirect_given": bool(given),
            "state": wanted.get("state"),
            "realm": realm,
            "provider": self.server.provider,
            "expires_at": self.server.sandbox.clock.timestamp() + FLOW_LIFETIME,
            "client_scopes": client.get("scopes", []),
        }

    def _rest(self, flow: Record, wanted: Mapping[str, str]) -> None:
        """Everything else: what is wrong here is told to the client by redirect."""
        policy = self.server.policy
        if wanted.get("response_type") != "code":
            raise OAuthRefused(Reason.RESPONSE_TYPE_UNSUPPORTED, "response_type must be code")
        method = wanted.get("code_challenge_method", "plain")
        challenge = wanted.get("code_challenge", "")
        if challenge and method not in policy.pkce_methods:
            raise OAuthRefused(Reason.PKCE_METHOD_UNSUPPORTED, f"code_challenge_method {method} is not supported")
        scopes = list(dict.fromkeys(wanted.get("scope", "").split())) or flow["client_scopes"]
        if policy.scope_required and not scopes:
            raise OAuthRefused(Reason.PARAMETER_MISSING, "scope")
        unknown = [s for s in scopes if policy.known_scopes is not None and s not in policy.known_scopes]
        if unknown:
            raise OAuthRefused(Reason.SCOPE_INVALID, f"Invalid scopes: {' '.join(unknown)}")
        flow |= {"challenge": challenge, "challenge_method": method, "scopes": scopes}
        flow["prompt"] = wanted.get("prompt", "")

    def sign_in(self, flow_id: str) -> BaseResponse:
        """GET: the list of persons again; POST `person=<key>`: on to the consent page."""
        flow = self._flow(flow_id)
        if flow is None:
            return self._expired_page()
        if request.method == "GET":
            return self._page("signin.html", flow_id, flow, personas=self.server.personas())
        try:
            persona = self.server.persona(request.form.get("person", ""))
        except KeyError:
            return self._page("signin.html", flow_id, flow, personas=self.server.personas(), status=400)
        if self._already_allowed(flow, persona):
            self.server.sandbox.store.delete(FLOWS, flow_id)
            return self._allow(flow, persona)
        self.server.sandbox.store.put(FLOWS, flow_id, flow | {"persona": persona.key})
        return self._page("consent.html", flow_id, flow, persona=persona)

    def decide(self, flow_id: str) -> BaseResponse:
        """POST `decision=allow` or `decision=deny`: back to the client."""
        flow = self._flow(flow_id)
        if flow is None or "persona" not in flow:
            return self._expired_page()
        self.server.sandbox.store.delete(FLOWS, flow_id)
        if request.form.get("decision") != "allow":
            return self._back(flow, {"error": "access_denied", "error_description": "The user denied the request"})
        return self._allow(flow, self.server.persona(flow["persona"]))

    def _allow(self, flow: Record, persona: Persona) -> BaseResponse:
        store, key = self.server.sandbox.store, self._consent_key(flow, persona)
        allowed = store.get(CONSENTS, key) or {"scopes": []}
        store.put(CONSENTS, key, {"scopes": sorted({*allowed["scopes"], *flow["scopes"]})})
        code = self.server.save_code(flow, persona)
        extra: dict[str, str] = {}
        if self.server.policy.callback_extra is not None:
            session = Session("", self.server.provider, flow["client_id"], persona.key, (), 0.0, flow["realm"])
            extra = self.server.policy.callback_extra(session)
        return self._back(flow, {"code": code, **extra})

    def _already_allowed(self, flow: Record, persona: Persona) -> bool:
        if not self.server.policy.remembers_consent or flow["prompt"] == "consent":
            return False
        allowed = self.server.sandbox.store.get(CONSENTS, self._consent_key(flow, persona))
        return allowed is not None and set(flow["scopes"]) <= set(allowed["scopes"])

    def _consent_key(self, flow: Record, persona: Persona) -> str:
        return f"{self.server.provider}:{flow['client_id']}:{persona.key}"

    def _flow(self, flow_id: str) -> Record | None:
        flow = self.server.sandbox.store.get(FLOWS, flow_id)
        if flow is None or flow["provider"] != self.server.provider:
            return None
        return flow if flow["expires_at"] > self.server.sandbox.clock.timestamp() else None

    def _back(self, flow: Record, answer: dict[str, str]) -> BaseResponse:
        parameters = {name: value for name, value in answer.items() if value}
        if flow["state"] is not None:
            parameters["state"] = flow["state"]
        return redirect(with_query(flow["redirect_uri"], parameters))

    def _page(self, template: str, flow_id: str, flow: Record, status: int = 200, **context: object) -> Response:
        policy = self.server.policy
        page = render_template(template, policy=policy, flow_id=flow_id, flow=flow, **context)
        return _html(page, status)

    def _error_page(self, refused: OAuthRefused) -> Response:
        return _html(render_template("oauth_error.html", policy=self.server.policy, message=_explain(refused)), 400)

    def _expired_page(self) -> Response:
        message = "This sign-in was finished already or took too long. Start again from the application."
        return _html(render_template("oauth_error.html", policy=self.server.policy, message=message), 400)


_REDIRECT_ERRORS = {
    Reason.RESPONSE_TYPE_UNSUPPORTED: "unsupported_response_type",
    Reason.PKCE_METHOD_UNSUPPORTED: "invalid_request",
    Reason.PARAMETER_MISSING: "invalid_request",
    Reason.SCOPE_INVALID: "invalid_scope",
}


def _explain(refused: OAuthRefused) -> str:
    match refused.reason:
        case Reason.CLIENT_UNKNOWN:
            return "Client not found."
        case Reason.PARAMETER_MISSING:
            return f"Missing parameter: {refused.detail}"
        case _:
            return f"Invalid parameter: {refused.detail}"


def _html(page: str, status: int) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """The URI with parameters added behind those that it has."""
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))


def consent_pages(sandbox: Sandbox, provider: str, blueprint: Blueprint) -> tuple[OAuthServer, ConsentPages]:
    """The OAuth server of a provider and its pages, with the form targets added to the blueprint."""
    server = OAuthServer(sandbox, provider)
    pages = ConsentPages(server)
    pages.add_to(blueprint)
    return server, pages

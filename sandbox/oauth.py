"""One authorization-code engine for all three providers, driven by each one's `OAuthPolicy`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from flask import Response, jsonify, request

from sandbox.clients import find_client, redirect_allowed
from sandbox.grants import CODES, AccessCheck, Session, token_key
from sandbox.policy import Issued, OAuthPolicy, OAuthRefused, Persona, Reason, Rotation
from sandbox.store import Record

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class OAuthServer:
    """The token side of a provider's OAuth server; `sandbox.consent` has the pages that the browser sees."""

    def __init__(self, sandbox: Sandbox, provider: str) -> None:
        self.sandbox = sandbox
        self.provider = provider

    @property
    def policy(self) -> OAuthPolicy:
        """The rules in force now (the fault panel can change them)."""
        return self.sandbox.policies[self.provider]

    def personas(self) -> tuple[Persona, ...]:
        """Who can sign in."""
        return self.policy.personas(self.sandbox.company)

    def persona(self, key: str) -> Persona:
        """The persona with a key; KeyError when there is none."""
        for persona in self.personas():
            if persona.key == key:
                return persona
        raise KeyError(key)

    def token_response(self, form: Mapping[str, str] | None = None) -> Response:
        """The whole token endpoint for the code and refresh grants: reads the request, answers with JSON."""
        form = request.form if form is None else form
        try:
            client_id = self.authenticate_client(form)
            match form.get("grant_type"):
                case "authorization_code":
                    issued = self._exchange_code(client_id, form)
                case "refresh_token":
                    return self._refresh(client_id, form)
                case None | "":
                    raise OAuthRefused(Reason.PARAMETER_MISSING, "grant_type")
                case other:
                    raise OAuthRefused(Reason.GRANT_TYPE_UNSUPPORTED, other)
        except OAuthRefused as refused:
            return self.policy.token_error(refused)
        return _no_store(jsonify(self.policy.token_body(issued)))

    def authenticate_client(self, form: Mapping[str, str]) -> str:
        """The client id, once the client has proven itself in a way that the provider accepts."""
        client_id, secret, method = self._presented_credentials(form)
        if not client_id:
            raise OAuthRefused(Reason.CLIENT_MISSING)
        client = find_client(self.sandbox.store, self.provider, client_id)
        if client is None:
            raise OAuthRefused(Reason.CLIENT_UNKNOWN, client_id)
        if method == "none" and client.get("public"):
            return client_id
        if method not in self.policy.client_auth:
            raise OAuthRefused(Reason.CLIENT_AUTH_UNSUPPORTED, method)
        if not hmac.compare_digest(secret.encode(), str(client["secret"]).encode()):
            raise OAuthRefused(Reason.CLIENT_SECRET_WRONG, client_id)
        return client_id

    def _presented_credentials(self, form: Mapping[str, str]) -> tuple[str, str, str]:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthRefused(Reason.CLIENT_MISSING) from None
            return unquote_plus(client_id), unquote_plus(secret), "basic"
        if "client_secret" in form:
            return form.get("client_id", ""), form["client_secret"], "body"
        return form.get("client_id", ""), "", "none"

    def _exchange_code(self, client_id: str, form: Mapping[str, str]) -> Issued:
        code = _required(form, "code")
        store, now = self.sandbox.store, self.sandbox.clock.timestamp()
        with store.transaction():
            record = store.get(CODES, token_key(code))
            if record is None or record["provider"] != self.provider:
                raise OAuthRefused(Reason.CODE_UNKNOWN)
            store.put(CODES, token_key(code), record | {"used": True})
        if record["used"]:
            self.sandbox.grants.end_session(record["session"] or "")
            raise OAuthRefused(Reason.CODE_USED)
        self._check_code(record, client_id, form, now)
        policy = self.policy
        session = self.sandbox.grants.open_session(
            self.provider, client_id, record["persona"], tuple(record["scopes"]), record["realm"], policy.max_sessions
        )
        store.put(CODES, token_key(code), record | {"used": True, "session": session.id})
        return self.issue(session, "authorization_code", form, with_refresh=policy.gives_refresh_token)

    def _check_code(self, record: Record, client_id: str, form: Mapping[str, str], now: float) -> None:
        if record["expires_at"] <= now:
            raise OAuthRefused(Reason.CODE_EXPIRED)
        if record["client_id"] != client_id:
            raise OAuthRefused(Reason.CODE_OF_OTHER_CLIENT)
        if record["redirect_given"] and form.get("redirect_uri", "") != record["redirect_uri"]:
            raise OAuthRefused(Reason.REDIRECT_MISMATCH, "redirect_uri")
        if record["challenge"] and not _verifier_fits(record, form.get("code_verifier", "")):
            raise OAuthRefused(Reason.PKCE_FAILED)

    def _refresh(self, client_id: str, form: Mapping[str, str]) -> Response:
        token = _required(form, "refresh_token")
        with self.sandbox.store.transaction():
            try:
                body = self._refreshed(client_id, token, form)
            except OAuthRefused as refused:
                # Answered inside the transaction: ending a session on reuse must not be rolled back.
                return self.policy.token_error(refused)
        return _no_store(jsonify(body))

    def _refreshed(self, client_id: str, token: str, form: Mapping[str, str]) -> Record:
        grants, policy, now = self.sandbox.grants, self.policy, self.sandbox.clock.timestamp()
        record = grants.refresh_record(token)
        session = None if record is None else grants.session(record["session"])
        if record is None or session is None or session.provider != self.provider:
            raise OAuthRefused(Reason.REFRESH_UNKNOWN)
        if session.client_id != client_id:
            raise OAuthRefused(Reason.REFRESH_OF_OTHER_CLIENT)
        if session.revoked_at is not None:
            raise OAuthRefused(Reason.SESSION_REVOKED)
        if record.get("replaced_at"):
            return self._replayed(record, session)
        if record["expires_at"] <= now:
            raise OAuthRefused(Reason.REFRESH_EXPIRED)
        rotates = _rotates(policy, record, now)
        if policy.refresh_kills_access:
            grants.kill_access_tokens(session)
        issued = self.issue(session, "refresh_token", form, with_refresh=rotates)
        body = policy.token_body(issued)
        if rotates:
            grants.mark_replaced(token, body, issued.access_token)
        return body

    def _replayed(self, record: Record, session: Session) -> Record:
        """The cached answer while the grace lasts; otherwise a refusal."""
        policy, now = self.policy, self.sandbox.clock.timestamp()
        first_used = self.sandbox.grants.first_used_at(record["access"])
        in_grace = (
            now <= record["replaced_at"] + policy.grace_unused
            if first_used is None
            else now <= min(first_used + policy.grace_used, record["replaced_at"] + policy.grace_unused)
        )
        if in_grace and policy.grace_unused:
            reply: Record = record["reply"]
            return reply
        if policy.reuse_ends_session:
            self.sandbox.grants.end_session(session.id)
        raise OAuthRefused(Reason.REFRESH_REPLACED)

    def issue(self, session: Session, grant_type: str, form: Mapping[str, str], *, with_refresh: bool) -> Issued:
        """Make and remember tokens for a session. Other grants of a provider (tokens, JWT) may use it too."""
        policy, sandbox = self.policy, self.sandbox
        access_lifetime, refresh_lifetime = policy.access_lifetime, policy.refresh_lifetime
        if policy.lifetimes is not None:
            access_lifetime, refresh_lifetime = policy.lifetimes(form, policy)
        persona = self.persona(session.persona)
        access = policy.mint_access(sandbox, session, persona, access_lifetime)
        refresh = policy.mint_refresh(sandbox, session, persona, refresh_lifetime) if with_refresh else None
        with sandbox.store.transaction():
            sandbox.grants.save_access(access, session, access_lifetime)
            if refresh is not None:
                sandbox.grants.save_refresh(refresh, session, refresh_lifetime)
        return Issued(access, refresh, access_lifetime, refresh_lifetime, grant_type, session, persona)

    def save_code(self, flow: Record, persona: Persona) -> str:
        """A new authorization code for what the person has just allowed."""
        policy, sandbox = self.policy, self.sandbox
        session = Session("", self.provider, flow["client_id"], persona.key, tuple(flow["scopes"]), 0.0, flow["realm"])
        code = policy.mint_code(session) if policy.mint_code else secrets.token_urlsafe(32)
        kept = ("client_id", "redirect_uri", "redirect_given", "challenge", "challenge_method", "scopes", "realm")
        record: Record = {name: flow[name] for name in kept}
        record |= {"provider": self.provider, "persona": persona.key, "used": False, "session": None}
        record["expires_at"] = sandbox.clock.timestamp() + policy.code_lifetime
        sandbox.store.put(CODES, token_key(code), record)
        return code

    def check_access(self, token: str) -> AccessCheck:
        """What an access token is worth now."""
        return self.sandbox.grants.check_access(self.provider, token)

    def revoke(self, token: str) -> bool:
        """End the session that a token (access or refresh) belongs to; True when there was one alive."""
        session = self.sandbox.grants.session_of_token(token)
        return session is not None and session.provider == self.provider and self.sandbox.grants.end_session(session.id)

    def redirect_uri_of(self, client: Record, redirect_uri: str) -> str:
        """The redirect URI to use, checked against the registered ones."""
        if not redirect_uri and not self.policy.redirect_required:
            return str(client["redirect_uris"][0])
        if not redirect_uri:
            raise OAuthRefused(Reason.PARAMETER_MISSING, "redirect_uri")
        if not redirect_allowed(client, redirect_uri, self.policy.redirect_wildcards):
            raise OAuthRefused(Reason.REDIRECT_MISMATCH, "redirect_uri")
        return redirect_uri


def _rotates(policy: OAuthPolicy, record: Record, now: float) -> bool:
    if policy.rotation is Rotation.LATE:
        return bool(now >= record["issued_at"] + policy.rotate_after * record["lifetime"])
    return policy.rotation is Rotation.ALWAYS


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise OAuthRefused(Reason.PARAMETER_MISSING, name)
    return value


def _verifier_fits(record: Record, verifier: str) -> bool:
    if record["challenge_method"] == "plain":
        return hmac.compare_digest(verifier.encode(), record["challenge"].encode())
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), record["challenge"].encode())


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def bearer_token() -> str:
    """The token of an `Authorization: Bearer` header (any case), or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""

"""The index page, the fault panel and the JSON endpoints that steer the sandbox."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox import clients
from sandbox.consent import CONSENTS
from sandbox.faults import DESCRIPTIONS, Fault, FaultKind
from sandbox.oauth import OAuthServer
from sandbox.policy import ADJUSTABLE, OAuthPolicy
from sandbox.store import Record

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_NUMBERS = {"remaining": int, "retry_after": float, "delay_seconds": float, "status": int, "size_bytes": int}
_TEXTS = ("provider", "path_prefix", "method", "body")


class BadInstruction(ValueError):
    """An instruction to the sandbox that makes no sense; the text says why."""


class Panel:
    """Everything under `/_sandbox/`, and the index page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._original_policies: dict[str, OAuthPolicy] = {}

    def index(self) -> str:
        """What this is and who can sign in."""
        personas = {name: OAuthServer(self.sandbox, name).personas() for name in self.sandbox.policies}
        return render_template(
            "index.html",
            personas=personas,
            clients=clients.SEEDED,
            tokens=[record for _, record in self.sandbox.store.items("personal_tokens")],
        )

    def health(self) -> Response:
        """Alive."""
        return jsonify(status="ok")

    def page(self) -> str:
        """The fault panel."""
        return self._render(None)

    def _render(self, problem: str | None) -> str:
        now = self.sandbox.clock.timestamp()
        return render_template(
            "panel.html",
            faults=[
                (fault, fault.until and max(0, round(fault.until - now))) for fault in self.sandbox.faults.active()
            ],
            kinds=DESCRIPTIONS,
            sessions=[s for s in self.sandbox.grants.sessions() if s.revoked_at is None],
            recent=list(reversed(self.sandbox.requests.entries()))[:15],
            now=self.sandbox.clock.now(),
            problem=problem,
            form=request.form,
        )

    def page_action(self) -> BaseResponse | tuple[str, int]:
        """A button of the panel: does it and shows the panel again."""
        try:
            self._act(request.form.get("action", ""), request.form.to_dict())
        except BadInstruction as problem:
            return self._render(str(problem)), 400
        return redirect("/_sandbox/", 303)

    def _act(self, action: str, form: Record) -> None:
        match action:
            case "add":
                self.add_fault(form)
            case "clear":
                self.sandbox.faults.clear(int(form["id"]) if form.get("id", "").isdigit() else None)
            case "revoke":
                self.revoke(form)
            case "advance":
                self.advance(form)
            case "forget":
                self.sandbox.requests.clear()
            case _:
                raise BadInstruction("That button is not known here.")

    def add_fault(self, wanted: Record) -> Fault:
        """Start a fault from its JSON or form description."""
        options: dict[str, Any] = {name: str(wanted[name]).strip() for name in _TEXTS if _given(wanted.get(name))}
        options |= {name: _number(wanted, name, kind) for name, kind in _NUMBERS.items() if _given(wanted.get(name))}
        if options.get("provider", "") not in ("", *self.sandbox.policies):
            raise BadInstruction(f"There is no provider {options['provider']!r}.")
        try:
            kind = FaultKind(str(wanted.get("kind", "")))
        except ValueError:
            raise BadInstruction(f"kind must be one of: {', '.join(FaultKind)}.") from None
        seconds = _number(wanted, "seconds", float) if _given(wanted.get("seconds")) else None
        return self.sandbox.faults.add(kind, seconds=seconds, **options)

    def revoke(self, wanted: Record) -> int:
        """End sessions, forget the consents, and with `pats` kill the personal tokens of a provider (all when empty)."""
        provider, persona = str(wanted.get("provider") or ""), str(wanted.get("person") or "")
        for key, _ in self.sandbox.store.items(CONSENTS):
            owner, _, rest = key.partition(":")
            if provider in ("", owner) and persona in ("", rest.rpartition(":")[2]):
                self.sandbox.store.delete(CONSENTS, key)
        ended = self.sandbox.grants.revoke_all(provider, persona)
        if wanted.get("pats"):
            for key, token in self.sandbox.store.items("personal_tokens"):
                if provider in ("", token["provider"]) and persona in ("", token["person"]):
                    self.sandbox.store.put("personal_tokens", key, token | {"revoked": True})
                    ended += 1
        return ended

    def advance(self, wanted: Record) -> float:
        """Move the clock, also for later runs on the same state file."""
        if not _given(wanted.get("advance_seconds")):
            raise BadInstruction("advance_seconds must be a number.")
        offset = self.sandbox.clock.advance(_number(wanted, "advance_seconds", float))
        self.sandbox.store.put("clock", "offset", {"seconds": offset})
        return offset

    def change_policy(self, wanted: Record) -> Record:
        """Change a provider's OAuth rules until the sandbox ends or is reset."""
        provider = str(wanted.get("provider"))
        if provider not in self.sandbox.policies:
            raise BadInstruction(f"There is no provider {provider!r}.")
        changes = {name: value for name, value in wanted.items() if name != "provider"}
        for name, value in changes.items():
            if name not in ADJUSTABLE:
                raise BadInstruction(f"{name} cannot be changed; these can: {', '.join(ADJUSTABLE)}.")
            try:
                changes[name] = ADJUSTABLE[name](value)
            except (TypeError, ValueError):
                raise BadInstruction(f"{value!r} is no value for {name}.") from None
        self._original_policies.setdefault(provider, self.sandbox.policies[provider])
        policy = self.sandbox.policies[provider] = replace(self.sandbox.policies[provider], **changes)
        return {name: getattr(policy, name) for name in ADJUSTABLE}

    def add_client(self, wanted: Record) -> Record:
        """Register more redirect URIs."""
        provider, uris = wanted.get("provider"), wanted.get("redirect_uris")
        if provider not in clients.SEEDED or not isinstance(uris, list):
            raise BadInstruction("provider must be known and redirect_uris a list.")
        record = clients.add_redirect_uris(self.sandbox.store, provider, [str(uri) for uri in uris])
        return {
            "provider": provider,
            "client_id": clients.SEEDED[provider][0],
            "redirect_uris": record["redirect_uris"],
        }

    def reset(self) -> None:
        """Back to the beginning: no faults, no sessions, no limits reached, no time travel, the usual rules. Keys and clients stay."""
        for bucket in self.sandbox.store.buckets():
            if bucket not in ("keys", clients.BUCKET, "personal_tokens"):
                self.sandbox.store.clear(bucket)
        for key, token in self.sandbox.store.items("personal_tokens"):
            self.sandbox.store.put("personal_tokens", key, token | {"revoked": False})
        self.sandbox.policies.update(self._original_policies)
        self.sandbox.faults.clear()
        self.sandbox.rates.reset()
        self.sandbox.requests.clear()
        self.sandbox.clock.advance(-self.sandbox.clock.offset)


def _given(value: Any) -> bool:
    return value is not None and value != ""


def _number(wanted: Record, name: str, kind: type[int] | type[float]) -> Any:
    try:
        return kind(wanted[name])
    except (TypeError, ValueError):
        raise BadInstruction(f"{name} must be a number.") from None


def _body() -> Record:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInstruction("Send a JSON object.")
    return body


def panel_blueprint(sandbox: Sandbox) -> Blueprint:
    """The routes of the panel."""
    panel = Panel(sandbox)
    blueprint = Blueprint("panel", __name__)
    blueprint.get("/")(panel.index)
    blueprint.get("/healthz")(panel.health)
    blueprint.get("/_sandbox/")(panel.page)
    blueprint.post("/_sandbox/")(panel.page_action)
    _add_fault_routes(blueprint, panel, sandbox)
    _add_control_routes(blueprint, panel, sandbox)

    @blueprint.errorhandler(BadInstruction)
    def refuse(problem: BadInstruction) -> tuple[Response, int]:
        return jsonify(error=str(problem)), 400

    return blueprint


def _add_fault_routes(blueprint: Blueprint, panel: Panel, sandbox: Sandbox) -> None:
    @blueprint.get("/_sandbox/faults")
    def list_faults() -> Response:
        return jsonify(faults=[fault.as_json() for fault in sandbox.faults.active()])

    @blueprint.post("/_sandbox/faults")
    def add_fault() -> tuple[Response, int]:
        return jsonify(panel.add_fault(_body()).as_json()), 201

    @blueprint.delete("/_sandbox/faults")
    def clear_faults() -> tuple[str, int]:
        sandbox.faults.clear(request.args.get("id", type=int))
        return "", 204


def _add_control_routes(blueprint: Blueprint, panel: Panel, sandbox: Sandbox) -> None:
    @blueprint.post("/_sandbox/grants/revoke")
    def revoke_grants() -> Response:
        return jsonify(revoked=panel.revoke(_body()))

    @blueprint.post("/_sandbox/clock")
    def move_clock() -> Response:
        return jsonify(offset_seconds=panel.advance(_body()), now=sandbox.clock.now().isoformat())

    @blueprint.post("/_sandbox/policy")
    def change_policy() -> Response:
        return jsonify(panel.change_policy(_body()))

    @blueprint.post("/_sandbox/clients")
    def add_client() -> Response:
        return jsonify(panel.add_client(_body()))

    @blueprint.get("/_sandbox/requests")
    def list_requests() -> Response:
        found = sandbox.requests.entries(request.args.get("provider", ""), request.args.get("path", ""))
        return jsonify(
            count=len(found), requests=[asdict(entry) for entry in found[-request.args.get("limit", 500, int) :]]
        )

    @blueprint.delete("/_sandbox/requests")
    def clear_requests() -> tuple[str, int]:
        sandbox.requests.clear()
        return "", 204

    @blueprint.post("/_sandbox/reset")
    def reset() -> tuple[str, int]:
        panel.reset()
        return "", 204

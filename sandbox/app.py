"""The sandbox as one Flask application: the three providers, the fault panel and the index page."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from sandbox.clients import seed_clients
from sandbox.clock import Clock
from sandbox.company import HISTORY_DAYS, Company
from sandbox.faults import Faults
from sandbox.grants import Grants
from sandbox.policy import OAuthPolicy
from sandbox.rates import RateLimiter
from sandbox.request_log import RequestLog
from sandbox.store import Store

PROVIDERS = ("sipgate", "ringcentral", "goto")
FaultReply = Callable[[int, float | None], Response]


@dataclass(frozen=True, slots=True)
class Config:
    """How to run. `state` is a file or ":memory:"; `volume` multiplies the number of calls per day."""

    state: str = ":memory:"
    seed: int = 2026
    latency_ms: int = 0
    real_rates: bool = False
    site_urls: tuple[str, ...] = ()
    volume: float = 1.0
    history_days: int = HISTORY_DAYS


@dataclass(slots=True)
class Sandbox:
    """Everything the providers share.

    `policies` holds the OAuth rules in force per provider; `fault_replies` how each words a refusal that a fault
    asks for, given the status and the Retry-After seconds.
    """

    config: Config
    clock: Clock
    store: Store
    company: Company
    faults: Faults
    rates: RateLimiter
    requests: RequestLog
    grants: Grants
    policies: dict[str, OAuthPolicy] = field(default_factory=dict)
    fault_replies: dict[str, FaultReply] = field(default_factory=dict)


class PlainJSON(DefaultJSONProvider):
    """Keys in the order given, text as UTF-8."""

    sort_keys = False
    ensure_ascii = False
    compact = True


class SandboxFlask(Flask):
    """Flask that writes JSON as the providers do."""

    json_provider_class = PlainJSON


def build_sandbox(config: Config) -> Sandbox:
    """The shared parts, with the clock where the last run left it."""
    store = Store(config.state)
    moved = store.get("clock", "offset")
    clock = Clock(moved["seconds"] if moved else 0.0)
    company = Company(config.seed, clock, config.volume, config.history_days)
    seed_clients(store, config.site_urls)
    return Sandbox(
        config=config,
        clock=clock,
        store=store,
        company=company,
        faults=Faults(clock),
        rates=RateLimiter(clock, config.real_rates),
        requests=RequestLog(),
        grants=Grants(store, clock),
    )


def create_app(config: Config | None = None) -> Flask:
    """The application. The `Sandbox` is at `app.extensions["sandbox"]`."""
    from sandbox.gate import Gate
    from sandbox.panel import panel_blueprint

    sandbox = build_sandbox(config or Config())
    app = SandboxFlask(__name__, static_folder="static", static_url_path="/_sandbox/static")
    app.extensions["sandbox"] = sandbox
    app.jinja_env.globals["sandbox"] = sandbox
    app.register_blueprint(panel_blueprint(sandbox))
    for module in provider_modules():
        sandbox.policies[module.POLICY.provider] = module.POLICY
        if hasattr(module, "fault_reply"):
            sandbox.fault_replies[module.POLICY.provider] = module.fault_reply
        app.register_blueprint(module.blueprint(sandbox), url_prefix=module.PREFIX)
    app.wsgi_app = Gate(app.wsgi_app, sandbox, app)  # type: ignore[method-assign]  # the documented way to wrap
    return app


def provider_modules() -> Iterator[ModuleType]:
    """The provider packages that are there. Each exports `PREFIX`, `POLICY`, `blueprint(sandbox)`, and may export
    `fault_reply(status, retry_after)`, the wording of refusals that the fault panel asks for."""
    for name in PROVIDERS:
        if importlib.util.find_spec(f"sandbox.{name}") is not None:
            module = importlib.import_module(f"sandbox.{name}")
            if hasattr(module, "POLICY"):
                yield module

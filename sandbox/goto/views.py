"""The blueprint: OAuth, the two API hosts, and the wording of refusals that the fault panel asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.consent import consent_pages
from sandbox.goto.access import Door
from sandbox.goto.errors import AdminError, ApiError, UnroutedError
from sandbox.goto.oauth import oauth_error
from sandbox.goto.oauth_views import OAuthViews
from sandbox.goto.pbx import Pbx
from sandbox.goto.routes import ADMIN, API, Route
from sandbox.goto.wire import json_response

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_FAULTS = {
    401: ("AUTHN_INVALID_TOKEN", "The access token is invalid"),
    403: ("AUTHZ_INSUFFICIENT_SCOPE", "The access token does not have the required scope"),
    429: ("TOO_MANY_REQUESTS", "Rate limit exceeded"),
    500: ("UNKNOWN_ERROR", "An unknown error occurred"),
    503: ("UNKNOWN_ERROR", "The service is unavailable"),
}


def blueprint(sandbox: Sandbox) -> Blueprint:
    """Everything below `/goto`."""
    bp = Blueprint("goto", __name__)
    server, pages = consent_pages(sandbox, "goto", bp)
    OAuthViews(server, pages).add_to(bp)
    pbx = Pbx(sandbox.company)
    for host, routes in (("api", API), ("admin", ADMIN)):
        door = Door(server, pbx, admin=host == "admin")
        for place, route in enumerate(routes):
            bp.add_url_rule(f"/{host}{route.path}", f"{host}{place}", _view(door, route), methods=[route.method])
        bp.add_url_rule(f"/{host}/<path:rest>", f"{host}_unknown", _unrouted, methods=_ANY)
    for kind in (ApiError, AdminError, UnroutedError):
        bp.register_error_handler(kind, lambda refused: refused.response())
    return bp


def fault_reply(status: int, retry_after: float | None) -> Response:
    """A refusal in GoTo's words, at the authentication host in OAuth's."""
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    if "/authentication/" in request.path and status in (401, 403):
        return oauth_error(status, "invalid_client", "client not found")
    code, message = _FAULTS.get(status, _FAULTS[500])
    answer = ApiError(status, code, message).response()
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def _view(door: Door, route: Route) -> Callable[..., Response]:
    def view(**values: str) -> Response:
        answer = route.handler(door.ask(route, values))
        return answer if isinstance(answer, Response) else json_response(answer)

    return view


def _unrouted(rest: str) -> Response:
    raise UnroutedError

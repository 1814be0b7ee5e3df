"""The blueprint: OAuth, the REST resources, and the wording of refusals that the fault panel asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.consent import consent_pages
from sandbox.ringcentral import account, errors, roles, throttle
from sandbox.ringcentral.access import Door
from sandbox.ringcentral.errors import ApiError
from sandbox.ringcentral.oauth import oauth_error
from sandbox.ringcentral.oauth_views import OAuthViews
from sandbox.ringcentral.pbx import Pbx
from sandbox.ringcentral.routes import ROUTES, Route
from sandbox.ringcentral.wire import json_response

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_FAULTS = {
    401: ("TokenInvalid", "OAU-213", "Token not found"),
    403: ("InsufficientPermissions", "CMN-401", errors.APP_PERMISSION.format("ReadCallLog")),
    429: ("CMN-301", "CMN-301", "Request rate exceeded"),
    500: ("CMN-201", "CMN-201", "Service Temporary Unavailable"),
    503: ("CMN-203", "CMN-203", "Service Temporary Unavailable"),
}


def blueprint(sandbox: Sandbox) -> Blueprint:
    """Everything below `/ringcentral`."""
    bp = Blueprint("ringcentral", __name__)
    server, pages = consent_pages(sandbox, "ringcentral", bp)
    door = Door(server, Pbx(sandbox.company))
    OAuthViews(server, pages, door).add_to(bp)
    for place, route in enumerate(ROUTES):
        bp.add_url_rule(route.path, f"r{place}", _view(door, route), methods=[route.method])
    bp.add_url_rule("/restapi", "versions", lambda: json_response(account.versions()), strict_slashes=False)
    bp.add_url_rule("/restapi/v1.0", "version", lambda: json_response(account.versions("v1.0")), strict_slashes=False)
    bp.add_url_rule("/restapi/<path:rest>", "unknown", _unknown(door), methods=_ANY)
    bp.add_url_rule("/media/restapi/<path:rest>", "unknown_media", _unknown(door), methods=_ANY)
    bp.add_url_rule("/_sandbox/app", "app", _application(sandbox), methods=["GET", "POST"])
    bp.register_error_handler(ApiError, lambda refused: refused.response())
    bp.after_request(throttle.add_headers)
    return bp


def fault_reply(status: int, retry_after: float | None) -> Response:
    """A refusal in RingCentral's words, at the token endpoint in OAuth's."""
    code, nested, message = _FAULTS.get(status, _FAULTS[500])
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    if "/restapi/oauth/" in request.path and status in (401, 403):
        return oauth_error(status, "invalid_client", "OAU-146", "Invalid client credentials")
    extra = {"permissionName": "ReadCallLog"} if status == 403 else {}
    return ApiError(status, code, message, nested, extra, headers).response()


def _view(door: Door, route: Route) -> Callable[..., Response]:
    def view(**values: str) -> Response:
        answer = route.handler(door.ask(route, values))
        return answer if isinstance(answer, Response) else json_response(answer)

    return view


def _unknown(door: Door) -> Callable[..., Response]:
    def view(rest: str) -> Response:
        door.session()
        raise errors.invalid_uri()

    return view


def _application(sandbox: Sandbox) -> Callable[[], Response]:
    """`POST {"permissions": [...]}` changes what the application may do from the next consent on."""

    def view() -> Response:
        if request.method == "POST":
            body = request.get_json(silent=True)
            names = body.get("permissions") if isinstance(body, dict) else None
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                return json_response({"error": "permissions must be a list of names"}, 400)
            roles.set_app_permissions(sandbox.store, names)
        return json_response({"permissions": list(roles.app_permissions(sandbox.store))})

    return view

"""All of sipgate's paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from sandbox.consent import consent_pages
from sandbox.sipgate import account, calling, contacts, downloads, history, lines, oauth_views, settings, texting
from sandbox.sipgate.access import Door, Refused, seed_personal_tokens
from sandbox.sipgate.oauth import PREFIX

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_NAMES = {429: "RATE_LIMIT_EXCEEDED", 500: "INTERNAL_ERROR"}


def blueprint(sandbox: Sandbox) -> Blueprint:
    """The routes, relative to `PREFIX`."""
    routes = Blueprint("sipgate", __name__)
    server, pages = consent_pages(sandbox, "sipgate", routes)
    seed_personal_tokens(sandbox)
    oauth_views.add_to(routes, server, pages)
    downloads.add_to(routes)
    door = Door(server)
    for part in (account, lines, history, texting, calling, contacts, settings):
        section = Blueprint(part.__name__.rpartition(".")[2], __name__, url_prefix="/api/v2")
        part.add_to(section, door)
        routes.register_blueprint(section)
    routes.register_error_handler(Refused, _refused)
    routes.app_errorhandler(NotFound)(_plain)
    routes.app_errorhandler(MethodNotAllowed)(_plain)
    return routes


def _refused(refused: Refused) -> ResponseReturnValue:
    return refused.response()


def _plain(error: HTTPException) -> ResponseReturnValue:
    """Unknown paths and wrong methods under sipgate's prefix: the status alone."""
    if not request.path.startswith(f"{PREFIX}/"):
        return error
    return Response(status=error.code or 404)


def fault_reply(status: int, retry_after: float | None) -> Response:
    """How sipgate words a refusal: mostly not at all."""
    if status not in _NAMES:
        return Response(status=status, content_type="text/plain;charset=UTF-8")
    response = jsonify(name=_NAMES[status], message=_NAMES[status].replace("_", " ").capitalize())
    response.status_code = status
    return response

"""GoTo's error bodies: the common envelope of api.goto.com, and the two words of api.getgo.com."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Response

from sandbox.goto.wire import Json, json_response

Violation = tuple[str, str]


@dataclass(slots=True)
class ApiError(Exception):
    """One refusal of api.goto.com; `violations` are pairs of constraint and field."""

    status: int
    code: str
    message: str
    violations: tuple[Violation, ...] = ()

    def response(self) -> Response:
        """The HTTP answer that carries this error."""
        body: Json = {
            "reference": str(uuid.uuid4()),
            "constraintViolations": [{"constraint": rule, "field": field} for rule, field in self.violations],
            "errorCode": self.code,
            "message": self.message,
        }
        return json_response(body, self.status)


@dataclass(slots=True)
class UnroutedError(Exception):
    """A path that no API answers to: the gateway's short form."""

    def response(self) -> Response:
        """The HTTP answer that carries this error."""
        return json_response({"errorCode": "NOT_FOUND", "message": "The requested resource was not found"}, 404)


@dataclass(slots=True)
class AdminError(Exception):
    """One refusal of api.getgo.com."""

    status: int
    code: str
    uri: str

    def response(self) -> Response:
        """The HTTP answer that carries this error."""
        return json_response({"code": self.code, "uri": self.uri}, self.status)


def token_missing() -> ApiError:
    """No bearer token."""
    return ApiError(401, "AUTHN_INVALID_TOKEN", "The access token is missing or invalid")


def token_malformed() -> ApiError:
    """A token that is no JWT at all."""
    return ApiError(401, "AUTHN_MALFORMED_TOKEN", "The access token is malformed")


def token_invalid() -> ApiError:
    """A token with a wrong signature, or one that was revoked."""
    return ApiError(401, "AUTHN_INVALID_TOKEN", "The access token is invalid")


def token_expired() -> ApiError:
    """A token past its life."""
    return ApiError(401, "AUTHN_EXPIRED_TOKEN", "The access token has expired")


def scope_missing(scope: str) -> ApiError:
    """The token was not granted the scope of this API."""
    return ApiError(403, "AUTHZ_INSUFFICIENT_SCOPE", f"The access token does not have the required scope: {scope}")


def not_allowed(message: str = "The user is not allowed to perform this operation") -> ApiError:
    """The scope is there, the right of the user is not."""
    return ApiError(403, "UNAUTHORIZED", message)


def bad_request(constraint: str, field: str) -> ApiError:
    """A parameter or a body field that breaks a rule."""
    return ApiError(400, "BAD_REQUEST", "The request is invalid", ((constraint, field),))


def malformed() -> ApiError:
    """A body that is not the JSON that was expected."""
    return ApiError(400, "MALFORMED_REQUEST", "The request body could not be read")


def not_found(message: str = "The requested resource was not found") -> ApiError:
    """No such thing, or none that this user may know of."""
    return ApiError(404, "NOT_FOUND", message)


def wrong_method() -> ApiError:
    """A known path, asked with the wrong method."""
    return ApiError(405, "METHOD_NOT_ALLOWED", "The method is not allowed for this resource")


def too_many() -> ApiError:
    """More than ten requests in a second to one API."""
    return ApiError(429, "TOO_MANY_REQUESTS", "Rate limit exceeded")

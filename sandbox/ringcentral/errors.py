"""RingCentral's error bodies: a top level and a nested level, with the extra attributes copied to both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response

from sandbox.ringcentral.wire import json_response

APP_PERMISSION = "In order to call this API endpoint, application needs to have [{}] permission"
USER_PERMISSION = "In order to call this API endpoint, user needs to have [{}] permission for requested resource."


@dataclass(slots=True)
class ApiError(Exception):
    """One refusal of the REST API; `code` is the top-level code, `nested` the one inside `errors[]`."""

    status: int
    code: str
    message: str
    nested: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The HTTP answer that carries this error."""
        inner = {"errorCode": self.nested or self.code, "message": self.message, **self.extra}
        body = {"errorCode": self.code, "message": self.message, "errors": [inner], **self.extra}
        return json_response(body, self.status, self.headers)


def no_authorization() -> ApiError:
    """No Authorization header at all."""
    return ApiError(401, "AGW-401", "Authorization header is not specified")


def bad_authorization() -> ApiError:
    """An Authorization header that is not a bearer token."""
    return ApiError(401, "AGW-402", "Invalid Authorization header")


def token_invalid() -> ApiError:
    """A token that this server never issued."""
    return ApiError(401, "TokenInvalid", "OAuth token is invalid", "OAU-149")


def token_corrupted() -> ApiError:
    """A token replaced by a refresh a few seconds ago."""
    return ApiError(401, "TokenInvalid", "Access token corrupted", "OAU-129")


def token_not_found() -> ApiError:
    """A token that was revoked, or replaced a while ago."""
    return ApiError(401, "TokenInvalid", "Token not found", "OAU-213")


def token_expired() -> ApiError:
    """A token past its life."""
    return ApiError(401, "TokenExpired", "Access token expired", "OAU-128")


def invalid_parameter(name: str, detail: str = "") -> ApiError:
    """A query or body parameter whose value is refused."""
    message = f"Parameter [{name}] value is invalid" + (f" [{detail}]" if detail else "")
    return ApiError(400, "InvalidParameter", message, "CMN-101", {"parameterName": name})


def bad_json() -> ApiError:
    """A body that cannot be read."""
    return ApiError(400, "InvalidContent", "Invalid JSON in the request body", "CMN-103")


def unique_session_filter() -> ApiError:
    """`sessionId` together with another filter."""
    return ApiError(400, "CLG-110", "Parameter [sessionId] cannot be combined with other filters")


def sync_token_invalid(code: str, detail: str) -> ApiError:
    """A sync token that can no longer be continued: the client must start over with FSync."""
    message = f"Parameter [syncToken] is invalid [{detail}]"
    return ApiError(400, code, message, extra={"parameterName": "syncToken"})


def message_refused(code: str, message: str, parameter: str = "") -> ApiError:
    """A text that is refused before it is queued."""
    extra = {"parameterName": parameter} if parameter else {}
    return ApiError(400, "InvalidParameter", message, code, extra)


def not_found(name: str) -> ApiError:
    """The resource named in the path does not exist."""
    return ApiError(404, "CMN-102", f"Resource for parameter [{name}] is not found", extra={"parameterName": name})


def invalid_uri() -> ApiError:
    """A path that no resource answers to."""
    return ApiError(404, "CMN-120", "Invalid URI")


def range_not_satisfiable() -> ApiError:
    """A byte range outside the content."""
    return ApiError(416, "CMN-107", "Requested range is not satisfiable")


def app_permission(name: str) -> ApiError:
    """The application lacks a permission."""
    return ApiError(403, "InsufficientPermissions", APP_PERMISSION.format(name), "CMN-401", {"permissionName": name})


def user_permission(name: str) -> ApiError:
    """The role of the signed-in user lacks a permission."""
    return ApiError(403, "CMN-408", USER_PERMISSION.format(name), extra={"permissionName": name})


def other_extension() -> ApiError:
    """A resource of somebody else's extension that only its owner may use."""
    return ApiError(
        403, "CMN-404", "Access to another extension is not allowed", extra={"parameterName": "extensionId"}
    )


def rate_exceeded(headers: Mapping[str, str]) -> ApiError:
    """Too many requests of one group."""
    return ApiError(429, "CMN-301", "Request rate exceeded", headers=headers)

"""How GoTo writes things on the wire: JSON, times, numbers and ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Response, request

Json = dict[str, object]

PREFIX = "/goto"


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    answer = Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")
    answer.headers.update(headers or {})
    return answer


def moment(value: datetime) -> str:
    """A point in time as the call APIs write it: UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fine_moment(value: datetime) -> str:
    """A point in time as messaging writes it: UTC with microseconds."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def admin_path() -> str:
    """The path of this request as the Admin host writes it in its errors."""
    return request.path.removeprefix(f"{PREFIX}/admin")

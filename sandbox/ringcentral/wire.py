"""How RingCentral writes things on the wire: JSON, times, ids and canonical links."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Response, request

Json = dict[str, object]
Query = Sequence[tuple[str, str | int]]

PREFIX = "/ringcentral"
ROOT = "/restapi/v1.0"


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer in RingCentral's content type, with the request id its support asks for."""
    text = json.dumps(body, ensure_ascii=False)
    answer = Response(text, status=status, content_type="application/json;charset=utf-8")
    answer.headers["RCRequestId"] = secrets.token_hex(14)
    answer.headers.update(headers or {})
    return answer


def moment(value: datetime) -> str:
    """A point in time as RingCentral writes it: UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def link(path: str, query: Query = ()) -> str:
    """The canonical address of a resource below `/restapi/v1.0`."""
    address = f"{host()}{ROOT}{path}"
    return f"{address}?{urlencode(query)}" if query else address


def link_v2(path: str) -> str:
    """The canonical address of a resource below `/restapi/v2`."""
    return f"{host()}/restapi/v2{path}"


def media_link(path: str) -> str:
    """The address of binary content: it lives on a host of its own."""
    return f"{host()}/media{ROOT}{path}"


def host() -> str:
    """Scheme, host and prefix of this stand-in."""
    return f"{request.host_url.rstrip('/')}{PREFIX}"

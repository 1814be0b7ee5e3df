"""Click to call: the person's own telephone rings first, then dials."""

from __future__ import annotations

import re
import uuid

from flask import Response

from sandbox.goto.ask import Ask
from sandbox.goto.errors import bad_request, not_allowed
from sandbox.goto.wire import json_response

_DIALABLE = re.compile(r"[+]?[0-9*#]{2,20}")


def start(ask: Ask) -> Response:
    """`POST /calls/v2/calls` with `dialString` and `from.lineId` (or `from.phoneNumberId`): 202, no status later."""
    body = ask.body()
    dial = body.get("dialString")
    if not isinstance(dial, str) or not _DIALABLE.fullmatch(dial):
        raise bad_request("InvalidFormat", "dialString")
    source = body.get("from")
    if not isinstance(source, dict) or not ({"lineId", "phoneNumberId"} & source.keys()):
        raise bad_request("NotNull", "from")
    if source.get("lineId", _own_line_ids(ask)[0]) not in _own_line_ids(ask):
        raise not_allowed("The line does not belong to the user")
    return json_response({"initiatorId": str(uuid.uuid4())}, 202)


def _own_line_ids(ask: Ask) -> list[str]:
    return [line.id for line in ask.pbx.lines_of(ask.person)]

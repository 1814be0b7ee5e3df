"""The four rate groups: per application and user, a sliding minute, and a penalty that every further request restarts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response, g

from sandbox.ringcentral.errors import rate_exceeded

if TYPE_CHECKING:
    from sandbox.app import Sandbox

LIMITS: Mapping[str, int] = {"Light": 50, "Medium": 40, "Heavy": 10, "Auth": 5}
WINDOW = PENALTY = 60


def count(sandbox: Sandbox, group: str, client_id: str, person: str) -> None:
    """Count one request and note the headers for its answer; over the limit it is refused."""
    limit = LIMITS[group]
    key = ("ringcentral", group, client_id, person)
    decision = sandbox.rates.hit(key, limit, WINDOW, penalty_seconds=PENALTY, penalty_restarts=True)
    g.ringcentral_rate = {
        "X-Rate-Limit-Group": group.lower(),
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(decision.remaining),
        "X-Rate-Limit-Window": str(WINDOW),
    }
    if not decision.allowed:
        raise rate_exceeded({"Retry-After": str(math.ceil(decision.retry_after))})


def add_headers(answer: Response) -> Response:
    """Put the noted headers on an answer."""
    answer.headers.update(g.get("ringcentral_rate", {}))
    return answer

"""Rows of a provider's table of errors, as its documentation gives them: an answer, and the member of the family that it must become."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from telephony.core.errors import ProviderError
from telephony.core.http import HttpDoor, Reply, new_session
from telephony.core.oauth import OAuthEndpoints, TokenEndpoint, TokenRefusal
from telephony.core.tests.doors import HOME, replying

Row = tuple[int, Any, type[ProviderError]]  # status, JSON or text of the body, kind of error

# What any server may send, documented or not.
UNKNOWN_BODIES: tuple[Any, ...] = (
    "",
    "nonsense",
    {},
    [],
    {"errorCode": 7, "code": None, "error": {"x": 1}, "errors": "y"},
    {"errorCode": "NEW-999", "error": "something_new", "errors": [{"errorCode": "NEW-999"}]},
)
UNKNOWN_STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 415, 418, 422, 423, 429, 451, 499, 500, 501, 505, 520, 599)


def an_answer(status: int, body: Any) -> Reply:
    """An answer of the API."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply("Acme", "reading", status, {"content-type": "application/json"}, text.encode(), 0.1)


def error_of(raise_for: Callable[[Reply], object], status: int, body: Any) -> ProviderError:
    """What `raise_for` makes of an answer."""
    with pytest.raises(ProviderError) as refused:
        raise_for(an_answer(status, body))
    return refused.value


def token_error(status: int, body: Any, refusal: TokenRefusal | None = None) -> ProviderError:
    """What a refresh ends in when the token endpoint answers so."""
    door = HttpDoor("Acme", frozenset({HOME}), session=new_session())
    endpoint = TokenEndpoint(door, OAuthEndpoints(HOME, f"{HOME}/token"), "client", "secret", refusal=refusal)
    with replying(body, status), pytest.raises(ProviderError) as refused:
        endpoint.refresh("refresh-1")
    return refused.value


def unknown_answers_keep_to_the_family(raise_for: Callable[[Reply], object]) -> None:
    """Whatever a status and a body say, the error is one that the site has words for, and no fault of a server is a refusal."""
    for status in UNKNOWN_STATUSES:
        for body in UNKNOWN_BODIES:
            error = error_of(raise_for, status, body)
            assert error.sentence, (status, body)
            assert error.next_step, (status, body)
            assert not (status >= 500 and error.permanent), (status, body, error)
            assert error.status == status

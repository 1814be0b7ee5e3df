"""A door for the tests of core, and a fake that answers one request after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import responses

from telephony.core.http import HttpDoor, new_session
from telephony.core.testing.fakes import ANY_URL

HOME = "https://api.acme.example"


def acme(**options: Any) -> HttpDoor:
    """A door that opens to one host."""
    return HttpDoor("Acme", frozenset({HOME}), session=new_session(), **options)


@contextmanager
def replying(
    body: Any = "", status: int = 200, headers: Mapping[str, str] | None = None, *, then: Any = None
) -> Iterator[responses.RequestsMock]:
    """Every request inside the block gets this answer; with `then`, the first one only, and later ones that status."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST", "PUT", "DELETE"):
            options: dict[str, Any] = {"json": body} if isinstance(body, (dict, list)) else {"body": body}
            mock.add(method, ANY_URL, status=status, headers=dict(headers or {}), **options)
            if then is not None:
                mock.add(method, ANY_URL, status=then, body="{}")
        yield mock

"""A provider's API made of canned answers, faked at the HTTP adapter so that retries, limits and hooks run for real."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import responses

from telephony.core.http import HttpDoor, new_session, origin_of
from telephony.core.spec import ProviderSpec

ANY_URL = re.compile(r".*", re.DOTALL)
Sent = tuple[int, Mapping[str, str], Any]


class Request(Protocol):
    """What the fakes look at in a request."""

    @property
    def method(self) -> str | None:
        """The verb."""

    @property
    def url(self) -> str | None:
        """The whole URL."""

    @property
    def headers(self) -> Mapping[str, str | bytes]:
        """What was sent in the head."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a GET whose URL path matches `path` (a regular expression for all of it, or for its end after `.*`).

    `query` are parameters that must be there with this value, `without` names that must be absent. `body` is text, bytes, an
    exception to raise, or something that becomes JSON.
    """

    path: str
    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    def matches(self, url: str) -> bool:
        """Whether this is the answer to `url`."""
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        return (
            re.fullmatch(self.path, parts.path) is not None
            and all(value in query.get(name, []) for name, value in self.query.items())
            and not self.without & query.keys()
        )

    def sent(self) -> Sent:
        """Status, headers and body in the form that `responses` takes."""
        if isinstance(self.body, (str, bytes, Exception)):
            return self.status, {"Content-Type": "text/plain", **self.headers}, self.body
        return self.status, {"Content-Type": "application/json", **self.headers}, json.dumps(self.body)


@dataclass(slots=True)
class FakeApi:
    """Plays `answers` (the first that matches) and notes what was asked. An unknown URL fails the test."""

    answers: Sequence[Answer]
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Sent:
        self.requests.append(request)
        url = str(request.url)
        for answer in self.answers:
            if answer.matches(url):
                return answer.sent()
        raise AssertionError(f"no answer is registered for {request.method} {url}")

    @property
    def urls(self) -> list[str]:
        """The URLs asked for, in order."""
        return [str(request.url) for request in self.requests]

    @property
    def queries(self) -> list[dict[str, list[str]]]:
        """The query parameters of each request, in order."""
        return [parse_qs(urlsplit(url).query, keep_blank_values=True) for url in self.urls]


@contextmanager
def playing(answer: Callable[[Request], Sent]) -> Iterator[None]:
    """Every GET inside the block is answered by `answer`, a FakeApi or any function like it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.GET, ANY_URL, callback=answer, content_type=None)
        yield


@contextmanager
def writing(answer: Callable[[Request], Sent]) -> Iterator[None]:
    """Every POST, PUT, PATCH and DELETE inside the block is answered by `answer`; a GET fails the test, unless it is played outside."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in (responses.POST, responses.PUT, responses.PATCH, responses.DELETE):
            mock.add_callback(method, ANY_URL, callback=answer, content_type=None)
        yield


def fake_door(spec: ProviderSpec, origins: frozenset[str] | None = None) -> HttpDoor:
    """A door like the real one, with a session of its own, that opens to the provider's first environment."""
    allowed = spec.environments[0].origins if origins is None else origins
    return HttpDoor(spec.name, allowed, session=new_session())


def stays_at(api: FakeApi, origins: frozenset[str]) -> bool:
    """Whether every request went to one of `origins`."""
    return all(origin_of(url) in origins for url in api.urls)

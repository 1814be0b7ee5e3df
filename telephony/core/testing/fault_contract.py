"""The part of the contract about everything that goes wrong: each fault becomes the right member of the error family."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from telephony.core.errors import (
    AccessDenied,
    CredentialRejected,
    NotFound,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFault,
    Unreachable,
    UnusableReply,
)
from telephony.core.testing.fakes import Answer, FakeApi, playing
from telephony.core.testing.reading_contract import ReadingContract, raised_by

PAGE = "<!doctype html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
EVERYWHERE = r".*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave, and what must become of it. `requests` is how often a read may ask in all, None for any number."""

    name: str
    body: Any
    expected: type[ProviderError]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: tuple[float, float] | None = None
    requests: int | None = 1

    def __str__(self) -> str:
        return self.name

    @property
    def answer(self) -> Answer:
        """The answer to everything."""
        return Answer(EVERYWHERE, self.body, self.status, self.headers)


FAULTS = (
    Fault("400", "", RequestRefused, 400),
    Fault("401 without a body", "", CredentialRejected, 401),
    Fault("403 without a body", "", AccessDenied, 403),
    Fault("401 with a page, from a firewall", PAGE, UnusableReply, 401, HTML),
    Fault("403 with a page, from a firewall", PAGE, UnusableReply, 403, HTML),
    Fault("404", "", NotFound, 404),
    Fault("418", "", RequestRefused, 418),
    Fault("429 without Retry-After", "", RateLimited, 429),
    Fault("429 for 7 seconds", "", RateLimited, 429, {"Retry-After": "7"}, (7, 7)),
    Fault("429 until a date", "", RateLimited, 429, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, (60, 1e9)),
    Fault("429 with an odd Retry-After", "", RateLimited, 429, {"Retry-After": "soon"}),
    Fault("429 with a page", PAGE, RateLimited, 429, HTML),
    Fault("500", "", ServerFault, 500),
    Fault("500 with a page", PAGE, ServerFault, 500, HTML),
    Fault("503", "", ServerFault, 503, requests=3),
    Fault("503 for 5 seconds", "", ServerFault, 503, {"Retry-After": "5"}, (5, 5)),
    Fault("a page instead of data", PAGE, UnusableReply, 200, HTML),
    Fault("an empty body", "", UnusableReply),
    Fault("an empty body with 204", "", UnusableReply, 204),
    Fault("a body that was cut", '{"items": [{"id": "1", "na', UnusableReply),
    Fault("a body shorter than announced", '{"items": []}', UnusableReply, 200, {"Content-Length": "5000"}),
    Fault("bytes that are not UTF-8", b"\xff\xfe\x00{", UnusableReply),
    Fault("bottomless nesting", "[" * 50_000, UnusableReply),
    Fault("a list instead of an object", [], UnusableReply),
    Fault("null", "null", UnusableReply),
    Fault("a number", "42", UnusableReply),
    Fault("a text", '"text"', UnusableReply),
    Fault("a redirect to another host", "", UnusableReply, 307, {"Location": "https://elsewhere.example/"}),
    Fault("a permanent redirect", "", UnusableReply, 301, {"Location": "/elsewhere"}),
    Fault("a time-out", TimeoutError("timed out"), Unreachable, requests=None),
    Fault("a connection that breaks", ConnectionResetError("reset by peer"), Unreachable, requests=None),
)
LASTING = (RequestRefused, CredentialRejected, AccessDenied, NotFound)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the provider's own words: `answer` comes to everything, and every operation must raise `expected`.

    `check` looks closer at the error (which scope, which permission); `only` limits the operations by name.
    """

    name: str
    answer: Answer
    expected: type[ProviderError]
    check: Callable[[ProviderError], bool] | None = None
    only: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


class FaultContract(ReadingContract):
    """No fault of the provider, the network or a firewall is ever mistaken for another. `refusals` are the provider's own."""

    refusals: ClassVar[Sequence[Refusal]] = ()

    @pytest.mark.parametrize("fault", FAULTS, ids=str)
    def test_a_fault_becomes_the_right_error(self, fault: Fault) -> None:
        for name, operation in self.operations().items():
            with playing(api := FakeApi([fault.answer])):
                error = raised_by(operation)
            assert isinstance(error, fault.expected), f"{name}: {error!r}"
            assert error.provider == self.spec.name
            assert error.operation, f"{name}: the error does not say what was being done"
            if fault.retry_after:
                low, high = fault.retry_after
                assert error.retry_after is not None, name
                assert low <= error.retry_after <= high, f"{name}: {error.retry_after}"
            if fault.name == "429 without Retry-After":
                assert error.retry_after is None
            if fault.requests is not None:
                # What is asked side by side is asked all the same; a fault decides how often each of it is.
                assert max(Counter(api.urls).values()) == fault.requests, f"{name}: {api.urls}"

    @pytest.mark.parametrize("fault", FAULTS, ids=str)
    def test_only_the_providers_word_is_lasting(self, fault: Fault) -> None:
        lasting = fault.expected in LASTING
        with playing(FakeApi([fault.answer])):
            error = raised_by(self.operations()["identity"])
        assert error is not None
        assert error.permanent is lasting

    def test_an_object_without_what_was_promised_is_no_answer(self) -> None:
        for name, operation in self.operations().items():
            if name == "facts":
                continue  # an account about which little is told is still an account
            with playing(FakeApi([Answer(EVERYWHERE, {})])):
                assert isinstance(raised_by(operation), UnusableReply), name

    def test_the_refusals_of_the_provider_are_told_apart(self) -> None:
        for refusal in self.refusals:
            for name, operation in self.operations().items():
                if refusal.only and name not in refusal.only:
                    continue
                with playing(FakeApi([refusal.answer])):
                    error = raised_by(operation)
                assert isinstance(error, refusal.expected), f"{refusal.name}, {name}: {error!r}"
                if refusal.check:
                    assert refusal.check(error), f"{refusal.name}, {name}: {vars(error)}"

    def test_errors_speak_to_the_person_and_hold_no_secret(self) -> None:
        secret = self.authorization.split()[-1]
        echo = json.dumps({"access_token": secret, "message": f"Bearer {secret} is not welcome"})
        for status in (400, 401, 403, 404, 429, 500):
            with playing(FakeApi([Answer(EVERYWHERE, echo, status)])):
                error = raised_by(self.operations()["identity"])
            assert error is not None
            assert error.sentence.strip()
            assert error.next_step.strip()
            assert secret not in f"{error} {error.detail} {error.sentence} {error.next_step}", status

    def test_a_fault_in_the_middle_of_the_log_loses_nothing(self) -> None:
        with self.company():
            first = self.client().calls(self.query)
            whole = self.rows()
        assert first.next_cursor
        with playing(FakeApi([Answer(EVERYWHERE, "", 503)])), pytest.raises(ServerFault):
            self.client().calls(self.query, first.next_cursor)
        rest: list[Any] = []
        with self.company():
            cursor: str | None = first.next_cursor
            while cursor:
                page = self.client().calls(self.query, cursor)
                rest += page.items
                cursor = page.next_cursor
        assert [*first.items, *rest] == whole

    def test_a_repeated_query_is_not_confused_by_its_page_size(self) -> None:
        with self.company():
            assert self.client().calls(replace(self.query, page_size=100_000)).items

"""The part of the contract about starting calls: one request each, and the truth about whether somebody may have been called."""
# ruff: noqa: S101  (assertions are what this module is for)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from telephony.core.call_errors import after_call
from telephony.core.calling import CallingDevice, CallStage
from telephony.core.client import PlacesCalls
from telephony.core.errors import RateLimited
from telephony.core.testing.fakes import Answer, FakeApi, playing, writing
from telephony.core.testing.fault_contract import HTML, PAGE, Refusal
from telephony.core.testing.reading_contract import ReadingContract, raised_by
from telephony.core.types import Feature
from telephony.core.write_errors import is_outcome_unknown

NUMBER = "+493023125999"
ANYTHING = r".*"
UNKNOWN = (
    ("500", Answer(ANYTHING, "", 500)),
    ("502 with a page", Answer(ANYTHING, PAGE, 502, HTML)),
    ("503 for 5 seconds", Answer(ANYTHING, "", 503, {"Retry-After": "5"})),
    ("408", Answer(ANYTHING, "", 408)),
    ("a page instead of data", Answer(ANYTHING, PAGE, 200, HTML)),
    ("an empty body", Answer(ANYTHING, "")),
    ("a body that was cut", Answer(ANYTHING, '{"id": "1", "na')),
    ("a list instead of an object", Answer(ANYTHING, [])),
    ("a redirect", Answer(ANYTHING, "", 307, {"Location": "https://elsewhere.example/"})),
    ("a time-out", Answer(ANYTHING, TimeoutError("timed out"))),
    ("a connection that breaks", Answer(ANYTHING, ConnectionResetError("reset by peer"))),
)
REFUSED = tuple((str(status), Answer(ANYTHING, "", status)) for status in (400, 401, 402, 403, 404, 409, 422, 429))


class CallingContract(ReadingContract):
    """What every client that starts calls keeps. `started` is the provider's yes; without it, nothing but the spec is looked at.

    `refused_starts` are the provider's own refusals of a start.
    """

    started: ClassVar[Answer | None] = None
    refused_starts: ClassVar[Sequence[Refusal]] = ()

    def starter(self) -> PlacesCalls:
        """A new client; fails for one that starts no calls."""
        client = self.client()
        assert isinstance(client, PlacesCalls)
        return client

    def devices(self) -> tuple[CallingDevice, ...]:
        """What the company of `answers` lets this person call from."""
        with self.company():
            return self.starter().calling_devices()

    def test_the_spec_says_whether_calls_can_be_started(self) -> None:
        offered = Feature.START_CALL not in self.spec.not_offered
        assert isinstance(self.client(), PlacesCalls) is offered
        assert (self.started is not None) is offered, "the suite needs the answer to a start"

    def test_the_devices_have_names_and_keys_of_their_own(self) -> None:
        if self.started is None:
            return
        found = self.devices()
        assert found, "the answers hold nothing to call from"
        assert len({device.key for device in found}) == len(found)
        assert all(device.key and (device.name or device.number) for device in found)

    def test_a_start_is_one_request_with_the_number_and_the_authorization(self) -> None:
        if self.started is None:
            return
        device = self.devices()[0]
        with writing(api := FakeApi([self.started])):
            answer = self.starter().start_call(device.key, NUMBER)
        (request,) = api.requests
        assert NUMBER.removeprefix("+") in str(getattr(request, "body", ""))
        assert request.headers.get("Authorization") == self.authorization
        assert answer.key
        assert answer.progress.stage in (CallStage.HANDED_OVER, CallStage.RINGING_OWN)

    @pytest.mark.parametrize(("name", "answer"), UNKNOWN, ids=[name for name, _answer in UNKNOWN])
    def test_a_start_without_a_usable_answer_is_unknown_and_not_repeated(self, name: str, answer: Answer) -> None:
        if self.started is None:
            return
        error, requests = self._start(answer)
        assert error is not None
        assert is_outcome_unknown(error), f"{name}: {error!r}"
        assert requests == 1

    @pytest.mark.parametrize(("name", "answer"), REFUSED, ids=[name for name, _answer in REFUSED])
    def test_a_start_that_is_turned_down_has_called_nobody(self, name: str, answer: Answer) -> None:
        if self.started is None:
            return
        error, requests = self._start(answer)
        assert error is not None
        assert not is_outcome_unknown(error), f"{name}: {error!r}"
        assert after_call(error).startswith("Nobody was called.")
        assert error.sentence
        assert isinstance(error, RateLimited) is (name == "429")
        assert requests == 1

    def test_the_refusals_of_a_start_are_told_apart(self) -> None:
        for refusal in self.refused_starts:
            error, _requests = self._start(refusal.answer)
            assert isinstance(error, refusal.expected), f"{refusal.name}: {error!r}"
            assert refusal.check is None or refusal.check(error), f"{refusal.name}: {vars(error)}"

    def test_what_cannot_be_followed_or_cancelled_says_so(self) -> None:
        if self.started is None:
            return
        gone = Answer(ANYTHING, "", 404)
        with playing(FakeApi([gone])):
            errors = [raised_by(lambda: self.starter().call_progress("gone"))]
        with writing(FakeApi([gone])):
            errors.append(raised_by(lambda: self.starter().cancel_call("gone")))
        assert [error.code if error else "" for error in errors] == ["not_found", "not_found"]

    def _start(self, answer: Answer) -> tuple[Any, int]:
        device = self.devices()[0]
        with writing(api := FakeApi([answer])):
            error = raised_by(lambda: self.starter().start_call(device.key, NUMBER))
        return error, len(api.requests)

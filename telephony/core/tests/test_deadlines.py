"""No request is without an end, whatever a server does, and no page waits longer than its budget."""

from __future__ import annotations

import time

import pytest

from telephony.core import http
from telephony.core.answers import side_by_side
from telephony.core.deadlines import page_budget, page_seconds_left, request_deadline
from telephony.core.errors import BudgetSpent, OutcomeUnknown, Unreachable
from telephony.core.http import HttpDoor, new_session, origin_of
from telephony.core.retries import ReadRetry
from telephony.core.tests.doors import HOME, acme, replying
from telephony.core.tests.raw_server import RawServer, answer, saying

HELLO = answer(b'{"hello": "you"}')
TRICKLING_HEAD = [b"HTTP/1.1 200 OK\r\n", *[step for n in range(40) for step in (b"X-%d: 1\r\n" % n, 0.05)]]


def door(server: RawServer, deadline: float = 5.0) -> HttpDoor:
    """A door to a server, with a session of its own."""
    return HttpDoor("Acme", frozenset({origin_of(server.url)}), deadline=deadline, session=new_session())


def test_a_head_that_trickles_meets_the_deadline() -> None:
    with saying(TRICKLING_HEAD) as server, pytest.raises(Unreachable):
        door(server, deadline=0.2).get(f"{server.url}/", "reading")
    assert len(server.requests) == 1, "nothing is begun after the deadline"


def test_the_trickling_head_of_a_write_leaves_its_outcome_open() -> None:
    with saying(TRICKLING_HEAD) as server, pytest.raises(OutcomeUnknown):
        door(server, deadline=0.2).write("POST", f"{server.url}/", "writing")


def test_a_connection_that_was_read_in_a_hurry_is_used_again() -> None:
    with saying([HELLO]) as server:
        same = door(server)
        for _ in range(2):
            assert same.get(f"{server.url}/", "reading").status == 200
    assert server.connections == 1


def test_no_further_try_begins_after_the_deadline() -> None:
    from urllib3.exceptions import MaxRetryError

    with request_deadline(0), pytest.raises(MaxRetryError):
        ReadRetry.default().increment("GET", "/", error=None, response=None)
    with request_deadline(5):
        assert ReadRetry.default().increment("GET", "/", error=None, response=None)


def test_a_page_that_has_waited_long_enough_asks_nothing_more() -> None:
    with replying("{}") as sent, page_budget(0):
        with pytest.raises(BudgetSpent) as spent:
            acme().get(HOME, "reading")
        assert not sent.calls
    assert spent.value.request is None, "nothing was sent, so nothing has failed"


def test_what_is_left_of_the_budget_bounds_the_next_request() -> None:
    with saying([3.0]) as server, page_budget(0.4):
        started = time.monotonic()
        with pytest.raises(Unreachable):
            door(server).get(f"{server.url}/", "reading")
    assert time.monotonic() - started < 2.5


def test_a_write_is_never_cut_short_by_the_page() -> None:
    with replying("{}"), page_budget(0):
        assert acme().write("POST", HOME, "writing").status == 200


def test_questions_that_are_asked_side_by_side_share_the_budget() -> None:
    with page_budget(60):
        answers = side_by_side([page_seconds_left, page_seconds_left])
    assert all(answer.value is not None and answer.value > 50 for answer in answers)
    assert page_seconds_left() is None, "the worker has no budget"


def test_every_request_has_both_time_outs_and_none_is_longer_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []
    one = acme(deadline=6.0)
    sent = one.session.request

    def spy(*arguments: object, **options: object) -> object:
        seen.append(options["timeout"])
        return sent(*arguments, **options)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(one.session, "request", spy)
    with replying("{}"):
        one.get(HOME, "reading")
        one.write("POST", HOME, "writing")
        with page_budget(2):
            one.get(HOME, "reading")
    assert seen[:2] == [(http.CONNECT_TIMEOUT, 6.0), (http.CONNECT_TIMEOUT, 6.0)]
    assert all(limit <= 2 for limit in seen[2])  # type: ignore[attr-defined]  # a pair

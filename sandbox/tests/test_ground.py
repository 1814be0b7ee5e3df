"""What all providers stand on: company, store, rates, server, restarts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import requests

from sandbox.clock import Clock
from sandbox.company import Company
from sandbox.model import Oddity, Result
from sandbox.rates import RateLimiter
from sandbox.store import Store
from sandbox.testing import running_sandbox

TOKEN = ("token-SBXALL", "5e11c0de-0000-4000-8000-a11000000001")
FICTION = re.compile(
    r"\+493023125\d{3}|\+492214710\d{3}|\+49176040690\d\d|\+1\d{3}55501\d\d|\+442079460\d{3}|115|sip:.*|02214710\d{3}"
)
ROOT = Path(__file__).resolve().parents[2]


def test_a_year_has_some_thousand_calls_that_a_restart_does_not_change() -> None:
    clock = Clock()
    now = clock.now()
    first, second = (Company(2026, clock).calls(now - timedelta(days=365), now - timedelta(days=1)) for _ in range(2))
    assert first == second
    assert 4000 < len(first) < 7500
    assert Company(7, clock).calls(now - timedelta(days=9), now) != Company(2026, clock).calls(
        now - timedelta(days=9), now
    )


def test_calls_are_newest_first_unique_and_never_from_the_future() -> None:
    company = Company(2026, Clock())
    now = company.clock.now()
    calls = company.calls(now - timedelta(days=60), now + timedelta(days=3))
    assert calls == sorted(calls, key=lambda call: (call.started_at, call.uid), reverse=True)
    assert len({call.uid for call in calls}) == len(calls)
    assert all(call.started_at <= now for call in calls)
    assert all(company.call(call.uid) == call for call in calls[:20] if call.result is not Result.IN_PROGRESS)


def test_every_number_is_reserved_for_fiction_and_every_oddity_appears() -> None:
    company = Company(2026, Clock())
    now = company.clock.now()
    calls = company.calls(now - timedelta(days=90), now, include_deleted=True)
    numbers = {call.other_number for call in calls if call.other_number}
    for person in company.persons:
        numbers |= {person.number_de, person.number_us, person.number_uk, person.mobile_de}
    numbers |= {contact.number for contact in company.contacts}
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []
    assert {call.oddity for call in calls} == set(Oddity)


def test_a_call_runs_then_ends_and_late_changes_come_late() -> None:
    offset = datetime(2026, 10, 1, tzinfo=UTC).timestamp() - time.time()
    clock = Clock(offset)
    company = Company(2026, clock)
    later = Company(2026, Clock(offset + 86400 * 60))
    call = later.call(_one_with(later, Oddity.LATE_EDIT))
    assert call is not None
    assert call.edited_at is not None
    clock.advance((call.started_at - clock.now()).total_seconds() + 1)
    running = company.call(call.uid)
    assert running is not None
    assert running.result is Result.IN_PROGRESS
    clock.advance((call.ended_at - clock.now()).total_seconds() + 1)
    ended = company.call(call.uid)
    assert ended is not None
    assert (ended.note, ended.edited_at) == ("", None)
    clock.advance((call.edited_at - clock.now()).total_seconds() + 1)
    assert company.call(call.uid) == call


def _one_with(company: Company, oddity: Oddity) -> int:
    now = company.clock.now()
    calls = company.calls(now - timedelta(days=58), now - timedelta(days=10))
    return next(c.uid for c in calls if c.oddity is oddity and c.talk_seconds > 60)


def test_the_rate_limiter_slides_and_punishes() -> None:
    clock = Clock()
    rates = RateLimiter(clock)
    assert [rates.hit("k", 2).allowed for _ in range(3)] == [True, True, False]
    clock.advance(61)
    assert rates.hit("k", 2).allowed
    assert [rates.hit("p", 1, penalty_seconds=60).allowed for _ in range(2)] == [True, False]
    clock.advance(30)
    assert rates.hit("p", 1, penalty_seconds=60, penalty_restarts=True).retry_after == 60


def test_a_failed_transaction_leaves_nothing() -> None:
    store = Store()
    with suppress(KeyError), store.transaction():
        store.put("b", "k", {"a": 1})
        raise KeyError
    assert store.get("b", "k") is None
    store.put("b", "k", {"a": 1})
    assert store.take("b", "k") == {"a": 1}
    assert store.take("b", "k") is None


def test_a_connection_serves_many_requests_with_exact_lengths() -> None:
    with running_sandbox(history_days=5) as box:
        connection = HTTPConnection(box.url.removeprefix("http://"), timeout=5)
        connection.connect()
        port = connection.sock.getsockname()[1]
        for path in ("/healthz", "/", "/sipgate/api/v2/account", "/sipgate/api/v2/nowhere", "/_sandbox/"):
            connection.request("POST" if path == "/_sandbox/" else "GET", path, body=b"action=forget")
            answer = connection.getresponse()
            assert len(answer.read()) == int(answer.headers["Content-Length"])
            assert connection.sock.getsockname()[1] == port
        connection.close()


@contextmanager
def started(state: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 (our own program)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    try:
        yield process, found.group(0)
    finally:
        process.kill()
        process.communicate()


def test_what_was_stored_survives_a_kill_and_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "sandbox.sqlite3"
    with started(state) as (process, url):
        body = {"name": "Kept", "scope": "SHARED"}
        assert requests.post(f"{url}/sipgate/api/v2/contacts", json=body, auth=TOKEN, timeout=5).status_code == 204
        os.kill(process.pid, signal.SIGKILL)
    with started(state) as (process, url):
        assert "Kept" in requests.get(f"{url}/sipgate/api/v2/contacts", auth=TOKEN, timeout=5).text
        port = url.rpartition(":")[2]
        command = [sys.executable, "-m", "sandbox", "--port", port]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 (our own program)
        assert (second.returncode, "is taken" in second.stderr) == (2, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0

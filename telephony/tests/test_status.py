"""The status page: for staff only, one line per component, and no component hides another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.tests.markup import inline_code
from telephony.management.commands import worker
from telephony.models import LinkState, Notice, Reading, Section
from telephony.models.encrypted import key_id
from telephony.services import health, provider_health
from telephony.services.health import Condition
from telephony.tests.accounts import make_account
from telephony.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture(autouse=True)
def _no_heartbeat() -> None:
    cache.clear()


@pytest.fixture
def staff(person: User) -> Client:
    """A browser of somebody who may look."""
    person.is_staff = True
    person.save()
    return sign_in(person)


def findings() -> dict[str, health.Finding]:
    """What the page says, by component."""
    return {str(component.name): component.finding for component in health.components()}


def fail(*_arguments: object, **_options: object) -> Any:
    """Stands in for anything that is broken."""
    raise OperationalError("connection refused")


# --- who may look -------------------------------------------------------------------------------------------------


def test_for_visitors_and_people_there_is_no_such_page(client: Client, browser: Client) -> None:
    assert client.get(reverse("status")).status_code == 404
    assert browser.get(reverse("status")).status_code == 404


def test_staff_see_every_component_and_provider(staff: Client, person: User) -> None:
    make_account(person, remote_id="1:2")
    response = staff.get("/status")
    page = response.content.decode()
    assert response.status_code == 200
    assert inline_code(page) == []
    for word in (
        "Database",
        "Migrations",
        "Cache",
        "Worker",
        "Task queue",
        "Encryption keys",
        "RingCentral",
        "sipgate",
    ):
        assert word in page
    for secret in ("access-1", "refresh-1", "Account 1:2"):
        assert secret not in page


def test_only_staff_have_the_link_to_it(staff: Client, stranger: User) -> None:
    assert 'href="/status"' in staff.get(reverse("telephony:dashboard")).content.decode()
    assert 'href="/status"' not in sign_in(stranger).get(reverse("telephony:dashboard")).content.decode()


def test_the_page_costs_no_more_queries_with_more_accounts(
    staff: Client, person: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(20):
        make_account(person, remote_id=f"1:{number}", last_error="It failed.", last_error_at=timezone.now())
    with django_assert_max_num_queries(40):
        staff.get("/status")


# --- components ---------------------------------------------------------------------------------------------------


def test_a_healthy_site_is_fine() -> None:
    health.beat()
    assert {name: finding.condition for name, finding in findings().items()} == dict.fromkeys(
        ("Database", "Migrations", "Cache", "Worker", "Task queue", "Mails", "Encryption keys"), Condition.FINE
    )


def test_a_component_that_breaks_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MigrationExecutor", fail)
    assert findings()["Migrations"] == health.Finding(Condition.BROKEN, "OperationalError: connection refused")
    assert findings()["Database"].condition is Condition.FINE
    assert findings()["Encryption keys"].condition is Condition.FINE


def test_missing_migrations_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("one", False), ("two", False)])
    assert findings()["Migrations"].condition is Condition.BROKEN
    assert findings()["Migrations"].sentence == "2 migrations are not applied: run manage.py migrate."


def test_a_cache_that_forgets_is_noticed(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert findings()["Cache"].condition is Condition.BROKEN


@pytest.mark.parametrize(
    ("age", "condition"),
    [
        (timedelta(seconds=20), Condition.FINE),
        (timedelta(minutes=5), Condition.LOOK),
        (timedelta(minutes=20), Condition.BROKEN),
    ],
)
def test_a_worker_is_judged_by_its_last_sign_of_life(age: timedelta, condition: Condition) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        assert findings()["Worker"].sentence.startswith("No worker has given a sign of life.")
        health.beat()
        clock.shift(age)
        assert findings()["Worker"].condition is condition
        assert "ago" in findings()["Worker"].sentence


def waiting_task(since: timedelta, *, later: timedelta = timedelta(0)) -> DBTaskResult[Any, Any]:
    """A task that was put in `since` ago and is to be run `later` from now."""
    task: DBTaskResult[Any, Any] = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="telephony.tasks.refresh_account",
        backend_name="default",
        run_after=timezone.now() + later,
    )
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - since)
    return task


@pytest.mark.parametrize(
    ("age", "condition"),
    [
        (timedelta(seconds=2), Condition.FINE),
        (timedelta(minutes=6), Condition.LOOK),
        (timedelta(hours=2), Condition.BROKEN),
    ],
)
def test_the_queue_is_judged_by_its_oldest_task(settings: Settings, age: timedelta, condition: Condition) -> None:
    settings.TASKS_BACKEND = "database"
    waiting_task(timedelta(seconds=1))
    waiting_task(age)
    waiting_task(timedelta(days=1), later=timedelta(hours=1))
    found = findings()["Task queue"]
    assert found.condition is condition
    assert found.sentence.startswith("2 tasks wait; the oldest was put in ")


@pytest.mark.parametrize(
    ("columns", "condition"),
    [
        ({"mail": "sent"}, Condition.FINE),
        ({"mail": "waiting", "due_at": timedelta(hours=5)}, Condition.FINE),
        ({"mail": "waiting", "due_at": timedelta(hours=-1)}, Condition.LOOK),
        ({"mail": "waiting", "due_at": timedelta(hours=1), "mail_attempts": 2}, Condition.LOOK),
        ({"mail": "failed"}, Condition.BROKEN),
        ({"mail": "failed", "made_at": timedelta(days=-8)}, Condition.FINE),
    ],
)
def test_mails_are_judged_by_what_did_not_go_out(columns: dict[str, Any], condition: Condition, person: User) -> None:
    now = timezone.now()
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    Notice.objects.create(user=person, kind="link_ended", event="one", **given)
    assert health.mails().condition is condition


def test_finished_tasks_do_not_wait(settings: Settings) -> None:
    settings.TASKS_BACKEND = "database"
    task = waiting_task(timedelta(hours=2))
    DBTaskResult.objects.filter(pk=task.pk).update(status="SUCCESSFUL")
    assert findings()["Task queue"].sentence == "No task waits."


def test_a_queue_in_redis_is_asked_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS_BACKEND = "redis"
    job = SimpleNamespace(enqueued_at=timezone.now() - timedelta(minutes=6))
    queue = SimpleNamespace(count=3, get_jobs=lambda *_: [job])
    monkeypatch.setitem(sys.modules, "django_rq", SimpleNamespace(get_queue=lambda _name: queue))
    assert findings()["Task queue"].condition is Condition.LOOK
    assert findings()["Task queue"].sentence.startswith("3 tasks wait; the oldest was put in ")


def test_keys_are_told_apart_by_use(person: User, settings: Settings) -> None:
    make_account(person)
    old = settings.FIELD_ENCRYPTION_KEYS[0]
    new, spare = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old, spare]
    finding = findings()["Encryption keys"]
    assert finding.condition is Condition.LOOK
    assert f"Key {key_id(new)} encrypts." in finding.sentence
    assert f"Older keys are still needed: {key_id(old)} (" in finding.sentence
    assert f"No secret needs these any more: {key_id(spare)}." in finding.sentence
    settings.FIELD_ENCRYPTION_KEYS = [new]
    finding = findings()["Encryption keys"]
    assert finding.condition is Condition.BROKEN
    assert key_id(old) in finding.sentence


# --- providers ----------------------------------------------------------------------------------------------------


def of_provider(name: str) -> provider_health.ProviderHealth:
    """One provider's line."""
    return next(one for one in provider_health.providers() if one.name == name)


def test_accounts_are_counted_by_state(person: User) -> None:
    make_account(person, remote_id="1:1")
    make_account(person, remote_id="1:2", state=LinkState.DELAYED)
    make_account(person, remote_id="1:3", state=LinkState.DELAYED)
    assert of_provider("RingCentral").states == ((LinkState.ACTIVE, 1), (LinkState.DELAYED, 2))
    assert of_provider("sipgate").states == ()


def test_a_fault_of_the_last_hour_is_shown_and_an_older_one_is_not(person: User) -> None:
    now = timezone.now()
    make_account(person, remote_id="1:1", last_error="It was away.", last_error_at=now - timedelta(minutes=5))
    make_account(person, remote_id="1:2", last_error="Long ago.", last_error_at=now - timedelta(hours=2))
    found = of_provider("RingCentral")
    assert (found.failing, found.last_error and found.last_error.sentence) == (1, "It was away.")


def test_a_failed_reading_is_told_in_the_readers_language_with_the_request(person: User) -> None:
    now = timezone.now()
    account = make_account(person, last_error="English, as stored.", last_error_at=now)
    Reading.objects.create(
        account=account, section=Section.FACTS, tried_at=now, error_code="unreachable", request_id="request-7"
    )
    found = of_provider("RingCentral").last_error
    assert found is not None
    assert (found.sentence, found.request_id) == ("RingCentral did not answer in time.", "request-7")
    with override("de"):
        assert of_provider("RingCentral").last_error is not None


def test_a_refusal_of_one_thing_to_one_person_is_no_fault(person: User) -> None:
    account = make_account(person)
    for section, code in ((Section.FACTS, "role_missing"), (Section.BALANCE, "scope_missing")):
        Reading.objects.create(account=account, section=section, tried_at=timezone.now(), error_code=code)
    assert of_provider("RingCentral").last_error is None
    assert of_provider("RingCentral").failing == 0


# --- the worker's side --------------------------------------------------------------------------------------------


def test_the_worker_gives_a_sign_of_life() -> None:
    call_command("worker", "--once")
    assert findings()["Worker"].condition is Condition.FINE


@pytest.mark.parametrize("error", [OperationalError("away"), RuntimeError("Redis is away")])
def test_the_clock_outlives_a_fault(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Once:
        """Stops after the second tick."""

        ticks = 0

        def is_set(self) -> bool:
            return self.ticks == 2

        def wait(self, _seconds: float) -> None:
            self.ticks += 1

    outcomes = [error, None]

    def enqueue() -> int:
        if outcome := outcomes.pop(0):
            raise outcome
        return 0

    monkeypatch.setattr(worker, "enqueue_due_work", enqueue)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    worker.Command()._keep_time(Once())  # type: ignore[arg-type]  # looks like an Event
    assert outcomes == []
    assert findings()["Worker"].condition is Condition.FINE

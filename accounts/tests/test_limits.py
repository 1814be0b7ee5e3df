"""What is asked for too often: refused with a page that says when to go on, keeps what was typed, and counts for the right person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from accounts.tests.conftest import PASSWORD


def guess(client: Client, email: str = "ada@example.org", **headers: str) -> int:
    """A wrong password."""
    answer = client.post(reverse("account_login"), {"login": email, "password": "wrong"}, headers=headers or None)
    return answer.status_code


def test_the_page_says_when_to_go_on_and_keeps_the_address_but_no_password(client: Client, person: User) -> None:
    for _ in range(5):
        guess(client)
    response = client.post(reverse("account_login"), {"login": person.email, "password": "hush-hush"})

    page = response.content.decode()
    assert response.status_code == 429
    assert 290 <= int(response["Retry-After"]) <= 300
    assert "You can go on in 5" in page
    assert f'name="login" value="{person.email}"' in page
    assert "hush-hush" not in page


def test_after_the_time_that_the_page_has_told_it_works_again(client: Client, person: User) -> None:
    for _ in range(5):
        guess(client)
    wait = int(client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})["Retry-After"])

    with time_machine.travel(timezone.now() + timedelta(seconds=wait + 1)):
        response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})

    assert response.status_code == 302


def test_what_was_kept_opens_the_form_again(client: Client, person: User) -> None:
    for _ in range(6):
        guess(client)
    cache.clear()

    page = client.post(reverse("account_login"), {"login": person.email}).content.decode()

    assert f'value="{person.email}"' in page
    assert 'aria-invalid="true"' in page


def test_a_forged_address_in_a_header_does_not_begin_anew(client: Client, person: User) -> None:
    answers = [guess(client, **{"x-forwarded-for": f"203.0.113.{n}", "x-real-ip": f"203.0.113.{n}"}) for n in range(7)]

    assert answers == [200] * 5 + [429] * 2


def test_one_address_cannot_try_many_accounts_behind_a_forged_header(client: Client, db: None) -> None:
    answers = [guess(client, f"p{n}@example.org", **{"x-forwarded-for": f"203.0.113.{n}"}) for n in range(12)]

    assert answers == [200] * 10 + [429] * 2


def test_behind_a_named_proxy_only_the_proxys_own_entry_counts(client: Client, db: None, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = [guess(client, f"p{n}@example.org", **{"x-forwarded-for": f"10.0.0.{n}, 198.51.100.7"}) for n in range(11)]

    assert forged[-1] == 429
    assert guess(client, "other@example.org", **{"x-forwarded-for": "198.51.100.8"}) == 200


@pytest.mark.parametrize(
    ("name", "fields", "amount"),
    [
        ("account_signup", {"email": "nonsense"}, 20),
        ("account_reset_password", {"email": "ada@example.org"}, 5),
        ("account_reauthenticate", {"password": "wrong"}, 5),
        ("account_change_password", {"oldpassword": "wrong"}, 5),
        ("account_email", {"email": "nonsense", "action_add": ""}, 10),
        ("accounts:delete", {"email": "wrong"}, 10),
        ("telephony:own_data", {}, 10),
        ("telephony:link_token", {"token_id": "x", "token": "CANARY"}, 20),
        ("telephony:export_calls", {"format": "nonsense"}, 30),
        ("sipgate_login", {}, 20),
    ],
)
def test_every_form_that_can_be_abused_has_a_limit(
    name: str, fields: dict[str, str], amount: int, client: Client, trusted_browser: Client
) -> None:
    browser = Client() if name in ("account_signup", "account_reset_password") else trusted_browser
    path = reverse(name, args=["sipgate"] if name == "telephony:link_token" else [])
    path += "?process=connect" if name == "sipgate_login" else ""
    cache.clear()

    answers = [browser.post(path, fields) for _ in range(amount + 1)]

    assert [answer.status_code == 429 for answer in answers] == [False] * amount + [True]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert "nothing is lost" in answers[-1].content.decode()
    assert "CANARY" not in answers[-1].content.decode()


def test_a_limit_of_one_person_is_none_of_anothers(trusted_browser: Client, person: User, make_person: object) -> None:
    other = Client()
    other.force_login(make_person("grace@example.org"))  # type: ignore[operator]  # the fixture
    path = reverse("telephony:export_calls")
    for _ in range(31):
        last = trusted_browser.post(path, {"format": "x"})

    assert last.status_code == 429
    assert other.post(path, {"format": "x"}).status_code == 400


def test_a_search_that_was_refused_can_be_sent_again_as_it_was(trusted_browser: Client) -> None:
    path = reverse("telephony:export_calls") + "?format=csv&number=0211"
    for _ in range(31):
        response = trusted_browser.get(path)

    page = response.content.decode()
    assert re.search(r'href="/telephony/calls/export/\?format=csv&amp;number=0211"', page)


def test_a_cache_of_each_process_is_reported_at_the_start(settings: Settings) -> None:
    (message,) = limits.check_shared_cache()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

    assert message.id == "accounts.W001"
    assert "counted per process" in message.msg
    assert limits.check_shared_cache() == []


def test_attempts_are_counted_together_by_all_processes(client: Client, person: User, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    call_command("createcachetable", verbosity=0)
    answers = []
    for _ in range(6):
        caches["default"] = caches.create_connection("default")  # as another process has it
        answers.append(guess(client))

    assert answers == [200] * 5 + [429]


def test_searches_have_a_limit_for_each_person(trusted_browser: Client, settings: Settings) -> None:
    settings.SEARCHES_PER_MINUTE = 3
    limits._searches.clear()
    path = reverse("telephony:calls")

    assert [trusted_browser.get(path, {"number": "0211"}).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert trusted_browser.get(path).status_code == 200
    limits._searches.clear()

"""One event, one notice, one mail: whoever looks, however often, and whenever it may be sent."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from telephony.models import (
    LinkedAccount,
    LinkState,
    MailState,
    Notice,
    NoticeKind,
    NoticeSettings,
    Reading,
    Section,
    Token,
)
from telephony.services import notice_checks, notice_mail, notices, states
from telephony.services.schedule import claim_untested_tokens
from telephony.tasks import enqueue_due_work
from telephony.tests.accounts import make_account, make_personal
from telephony.tests.making import make_calls

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # 13:00 in Berlin
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def account(person: User) -> LinkedAccount:
    with transaction.atomic():  # also in the test that has none around it
        return make_account(person)


def look(person: User) -> list[str]:
    """Look for what there is to tell, send what is due; gives the subjects of the mails of this time."""
    before = len(mail.outbox)
    notice_checks.check(User.objects.get(pk=person.pk))
    for pk in notice_mail.claim_due():
        notice_mail.send(pk)
    return [str(message.subject) for message in mail.outbox[before:]]


def choose(person: User, **columns: object) -> None:
    notices.settings_of(person)
    NoticeSettings.objects.filter(user=person).update(**columns)


def ends_in(account: LinkedAccount, left: timedelta) -> None:
    """Let the link end by itself in that time, whatever renews it."""
    Token.objects.filter(account=account).update(end_is_fixed=True, refresh_expires_at=timezone.now() + left)


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_link_that_will_end_is_told_at_seven_days_at_two_and_when_it_has(
    account: LinkedAccount, person: User
) -> None:
    ends_in(account, 9 * DAY)
    assert look(person) == []
    for left in (7 * DAY - HOUR, 5 * DAY, 3 * DAY):
        ends_in(account, left)
        sent = look(person)
        assert bool(sent) is (left > 6 * DAY)
    ends_in(account, 2 * DAY - HOUR)
    (subject,) = look(person)
    assert "will end soon" in subject
    assert look(person) == []
    assert Notice.objects.filter(settled_at=None).count() == 1, "the earlier warning is over"

    states.needs_relinking(account, "The provider refused the refresh token: it was revoked, or it had expired.")
    (subject,) = look(person)
    assert "must be linked again" in subject
    assert "it was revoked, or it had expired" in mail.outbox[-1].body
    assert look(person) == []
    assert [notice.kind for notice in Notice.objects.filter(settled_at=None)] == [NoticeKind.LINK_ENDED]


def test_a_link_that_is_made_again_settles_everything_and_drops_a_mail_that_waits(
    account: LinkedAccount, person: User
) -> None:
    with time_machine.travel(NOW, tick=False):
        choose(person, quiet_from=time(12), quiet_until=time(14))
        states.needs_relinking(account, "Over.")
        assert look(person) == []
        person.refresh_from_db()
        assert person.unseen_notices == 1
    LinkedAccount.objects.update(state=LinkState.ACTIVE)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        assert look(person) == []
    person.refresh_from_db()
    assert person.unseen_notices == 0
    assert Notice.objects.get().mail == MailState.DROPPED


def test_what_staff_have_disabled_is_not_complained_about(account: LinkedAccount, person: User) -> None:
    ends_in(account, DAY)
    LinkedAccount.objects.update(state=LinkState.DISABLED)
    assert look(person) == []


def test_the_same_link_may_end_again_and_is_told_again(account: LinkedAccount, person: User) -> None:
    for _time in range(2):
        states.needs_relinking(account, "Over.")
        assert len(look(person)) == 1
        LinkedAccount.objects.update(state=LinkState.ACTIVE)
        account.refresh_from_db()
        assert look(person) == []


# --- accounts that are not read ---------------------------------------------------------------------------------------


def reading(account: LinkedAccount, *, read: timedelta, tried: timedelta, code: str = "unreachable") -> None:
    now = timezone.now()
    Reading.objects.update_or_create(
        account=account,
        section=Section.FACTS,
        defaults={"read_at": now - read, "tried_at": now - tried, "error_code": code},
    )


def test_an_account_that_cannot_be_read_for_a_day_is_told_once(account: LinkedAccount, person: User) -> None:
    reading(account, read=DAY - HOUR, tried=timedelta())
    assert look(person) == []
    reading(account, read=DAY + HOUR, tried=timedelta())
    assert len(look(person)) == 1
    assert look(person) == []
    reading(account, read=timedelta(), tried=timedelta(), code="")
    assert look(person) == []
    assert not Notice.objects.filter(settled_at=None).exists()


def test_a_worker_that_was_away_for_days_blames_no_account(account: LinkedAccount, person: User) -> None:
    reading(account, read=3 * DAY, tried=3 * DAY)
    assert look(person) == []


# --- missed calls -----------------------------------------------------------------------------------------------------


def test_missed_calls_are_told_once_a_day_and_by_mail_only_on_request(account: LinkedAccount, person: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        make_calls(account, 1, outcome="missed", started_at=NOW - 10 * timedelta(minutes=1))
        look(person)
        assert not Notice.objects.exists(), "people call back by themselves within the hour"
        clock.shift(HOUR)
        assert look(person) == []
        assert Notice.objects.get().facts["count"] == 1
        clock.shift(HOUR)
        make_calls(account, 1, key="x", outcome="missed", caller_digits="49301", started_at=NOW)
        look(person)
        assert Notice.objects.count() == 1
        clock.shift(DAY)
        choose(person, mail={NoticeKind.MISSED_CALLS: True})
        (subject,) = look(person)
        assert "2 numbers wait" in subject
        assert Notice.objects.filter(settled_at=None).count() == 1
        clock.shift(DAY)
        assert look(person) == [], "nobody has called since"


# --- when mails go ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_mails_wait_for_the_end_of_quiet_hours_across_midnight(zone: str, account: LinkedAccount, person: User) -> None:
    User.objects.update(time_zone=zone)
    choose(person, quiet_from=time(22), quiet_until=time(7))
    start = datetime(2026, 11, 20, 22 if zone == "Europe/Berlin" else 4, tzinfo=UTC)  # 23:00 there
    with time_machine.travel(start, tick=False) as clock:
        states.needs_relinking(account, "Over.")
        sent = []
        for _hour in range(10):
            sent.append(len(look(person)))
            clock.shift(HOUR)
    assert sent == [0] * 8 + [1, 0]


def test_quiet_hours_that_are_chosen_while_a_mail_waits_hold_for_it_too(account: LinkedAccount, person: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        states.needs_relinking(account, "Over.")
        notice_checks.check(person)
        choose(person, quiet_from=time(12), quiet_until=time(14))
        assert look(person) == []
        assert Notice.objects.get().mail_attempts == 0
        clock.shift(HOUR)
        assert len(look(person)) == 1


def test_a_mail_server_that_is_away_gets_the_mail_later(
    account: LinkedAccount, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise ConnectionRefusedError

    with time_machine.travel(NOW, tick=False) as clock:
        states.needs_relinking(account, "Over.")
        with monkeypatch.context() as broken:
            broken.setattr("django.core.mail.message.EmailMessage.send", refuse)
            assert look(person) == []
        assert look(person) == [], "not at once"
        clock.shift(timedelta(minutes=6))
        assert len(look(person)) == 1
        with monkeypatch.context() as broken:
            broken.setattr("django.core.mail.message.EmailMessage.send", refuse)
            Notice.objects.update(mail=MailState.WAITING, due_at=timezone.now(), mail_attempts=0)
            for _attempt in range(notice_mail.MOST_ATTEMPTS + 2):
                look(person)
                clock.shift(DAY)
    assert Notice.objects.get().mail == MailState.FAILED


def test_a_worker_that_died_while_sending_is_replaced_and_the_message_keeps_its_id(
    account: LinkedAccount, person: User
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        states.needs_relinking(account, "Over.")
        notice_checks.check(person)
        notice = Notice.objects.get()
        first = notice_mail.mail_of(notice).extra_headers["Message-ID"]
        Notice.objects.update(mail=MailState.SENDING, due_at=NOW + notice_mail.SILENCE, mail_attempts=1)
        assert look(person) == []
        clock.shift(notice_mail.SILENCE + HOUR)
        assert len(look(person)) == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == first


def test_who_cannot_sign_in_gets_no_mail(account: LinkedAccount, person: User) -> None:
    states.needs_relinking(account, "Over.")
    notice_checks.check(person)
    User.objects.update(is_active=False)
    assert look(person) == []


def test_a_mail_is_in_her_language_and_zone(account: LinkedAccount, person: User) -> None:
    User.objects.update(language="de", time_zone="America/New_York")
    with time_machine.travel(NOW, tick=False):
        ends_in(account, DAY)
        look(person)
    assert "21. November 2026 07:00" in mail.outbox[0].body


# --- the daily summary ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-20"], ids=["short", "long", "usual"])
@pytest.mark.parametrize("hour", [2, 7])
def test_the_summary_comes_once_a_day_on_every_day(day: str, hour: int, account: LinkedAccount, person: User) -> None:
    choose(person, summary_at=time(hour, 30))
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC) - 5 * HOUR
    sent = 0
    with time_machine.travel(start, tick=False) as clock:
        for _look in range(18):
            sent += len(look(person))
            clock.shift(timedelta(minutes=90))
    assert sent == 1
    assert Notice.objects.get().facts["day"] < day


def test_a_clock_that_is_set_back_sends_no_second_summary(account: LinkedAccount, person: User) -> None:
    choose(person, summary_at=time(7))
    for hours in (0, -1, 1, -2):
        with time_machine.travel(NOW - 5 * HOUR + hours * HOUR, tick=False):
            look(person)
    assert len(mail.outbox) == 1


def test_a_summary_tells_figures_and_no_caller(account: LinkedAccount, person: User) -> None:
    with time_machine.travel(NOW, tick=False):
        make_calls(account, 3, started_at=NOW - DAY)
        make_calls(account, 1, key="m", outcome="missed", started_at=NOW - DAY, caller_digits="49301")
        choose(person, summary_at=time(12))
        look(person)
    body = mail.outbox[0].body
    assert "Calls: 4" in body
    assert "Answered: 3 (75%)" in body
    assert "wait for a call back: 1" in body
    assert "Muster" not in body
    assert "58000" not in body


def test_a_summary_that_is_turned_on_in_the_afternoon_begins_tomorrow(
    account: LinkedAccount, browser: Client, person: User
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        browser.force_login(person)
        browser.post("/telephony/notices/settings/", {"summary_at": "11:00"})
        assert look(person) == []
        clock.shift(22 * HOUR)
        assert len(look(person)) == 1


# --- many workers -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_make_one_notice_and_one_mail(
    person: User, account: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", lambda message: sent.append(message.subject))
    states.needs_relinking(account, "Over.")
    Reading.objects.create(
        account=account, section=Section.BALANCE, tried_at=timezone.now(), read_at=timezone.now(),
        summary={"amount": "1.00", "currency": "EUR"},
    )  # fmt: skip
    with transaction.atomic():
        other = make_account(person, remote_id="1:2")
    Reading.objects.create(
        account=other, section=Section.BALANCE, tried_at=timezone.now(), read_at=timezone.now(),
        summary={"amount": "1.00", "currency": "EUR"},
    )  # fmt: skip
    notices.settings_of(person)

    def work(_number: int) -> None:
        try:
            notice_checks.check(User.objects.get(pk=person.pk))
            for notice in Notice.objects.values_list("pk", flat=True):
                notice_mail.send(notice)  # as if every worker had been handed every mail
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(12)))
    assert sorted(Notice.objects.values_list("kind", flat=True)) == ["link_ended", "low_balance"]
    assert len(sent) == 2
    person.refresh_from_db()
    assert person.unseen_notices == 2


def test_the_clock_looks_at_each_person_once_in_a_while(account: LinkedAccount, person: User) -> None:
    states.needs_relinking(account, "Over.")
    assert notice_checks.claim_due_people() == [person.pk]
    assert notice_checks.claim_due_people() == []
    NoticeSettings.objects.update(next_check_at=timezone.now())
    LinkedAccount.objects.update(next_refresh_at=timezone.now() + DAY)
    enqueue_due_work()
    enqueue_due_work()
    assert len(mail.outbox) == 1, "the first tick finds it, the second sends it"
    enqueue_due_work()
    assert len(mail.outbox) == 1


# --- on the page ------------------------------------------------------------------------------------------------------


def test_the_bell_counts_what_is_new_until_it_was_seen(account: LinkedAccount, person: User, browser: Client) -> None:
    states.needs_relinking(account, "Over.")
    look(person)
    assert re.search(r'class="bell__count">1<', browser.get("/telephony/").content.decode())
    page = browser.get("/telephony/notices/").content.decode()
    assert "must be linked again" in page
    assert "also sent by mail" in page
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert newest

    part = browser.post("/telephony/notices/seen/", {"newest": newest[1]}, headers={"HX-Request": "true"})
    assert 'id="bell"' in part.content.decode()
    assert "bell__count" not in part.content.decode()
    assert "bell__count" not in browser.get("/telephony/").content.decode()
    assert browser.post("/telephony/notices/seen/", {"newest": "x"}).status_code == 302


def test_what_came_while_the_page_was_read_stays_new(account: LinkedAccount, person: User) -> None:
    states.needs_relinking(account, "Over.")
    look(person)
    shown = Notice.objects.get().pk
    other = make_account(person, remote_id="1:2")
    states.needs_relinking(other, "Over.")
    look(person)
    notices.mark_seen(person, shown)
    person.refresh_from_db()
    assert person.unseen_notices == 1


def test_what_is_turned_off_is_neither_shown_nor_mailed(account: LinkedAccount, person: User, browser: Client) -> None:
    kinds = {f"mail_{kind}": "on" for kind in NoticeKind if kind is not NoticeKind.LINK_ENDED}
    assert browser.post("/telephony/notices/settings/", kinds).status_code == 302
    states.needs_relinking(account, "Over.")
    assert look(person) == []
    assert "Nothing wants your attention" in browser.get("/telephony/notices/").content.decode()
    person.refresh_from_db()
    assert person.unseen_notices == 0


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"quiet_from": "22:00"}, "need a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "differs from the beginning"),
        ({"quiet_from": "25:00", "quiet_until": "7:00"}, "Enter a valid time"),
        ({"summary_at": "soon"}, "Enter a valid time"),
    ],
)
def test_wrong_times_are_refused_in_words(sent: dict[str, str], sentence: str, browser: Client) -> None:
    page = browser.post("/telephony/notices/settings/", sent)
    assert page.status_code == 200
    assert sentence in page.content.decode()


def test_notices_of_others_are_not_seen(account: LinkedAccount, person: User, stranger: User) -> None:
    states.needs_relinking(account, "Over.")
    look(person)
    theirs = Client()
    theirs.force_login(stranger)
    assert "must be linked" not in theirs.get("/telephony/notices/").content.decode()
    theirs.post("/telephony/notices/seen/", {"newest": "999999"})
    person.refresh_from_db()
    assert person.unseen_notices == 1


# --- the way out of a mail --------------------------------------------------------------------------------------------


def way_out(message: mail.EmailMessage) -> str:
    """The path in the header that mail programs use."""
    found = re.fullmatch(r"<https?://[^/]+(/.+)>", message.extra_headers["List-Unsubscribe"])
    assert found
    return found[1]


def test_one_click_in_the_mail_program_ends_the_mails_of_that_kind(account: LinkedAccount, person: User) -> None:
    states.needs_relinking(account, "Over.")
    look(person)
    url, nobody = way_out(mail.outbox[0]), Client(enforce_csrf_checks=True)
    assert mail.outbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    nobody.get(url)
    assert notices.settings_of(person).by_mail(NoticeKind.LINK_ENDED), "opening the link changes nothing"
    assert nobody.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not notices.settings_of(person).by_mail(NoticeKind.LINK_ENDED)
    assert notices.settings_of(person).by_mail(NoticeKind.LOW_BALANCE)

    assert "again" in nobody.post(url, {"again": "1"}).content.decode()
    assert notices.settings_of(person).by_mail(NoticeKind.LINK_ENDED)


def test_the_way_out_speaks_her_language_unless_another_was_chosen_here(person: User) -> None:
    User.objects.update(language="de")
    url, anybody = notice_mail.opt_out_path(person, NoticeKind.LINK_ENDED), Client()
    assert '<html lang="de">' in anybody.get(url).content.decode()
    anybody.cookies["django_language"] = "en"
    assert '<html lang="en">' in anybody.get(url).content.decode()


def test_the_summary_is_ended_in_the_same_way(account: LinkedAccount, person: User) -> None:
    choose(person, summary_at=time(7))
    url = notice_mail.opt_out_path(person, NoticeKind.DAILY_SUMMARY)
    Client().post(url)
    assert notices.settings_of(person).summary_at is None
    assert Client().post(url, {"again": "1"}).status_code == 200
    assert notices.settings_of(person).summary_at is None


def test_nobody_can_make_such_an_address_for_somebody_else(person: User) -> None:
    url = notice_mail.opt_out_path(person, NoticeKind.LINK_ENDED)
    for forged in (url.replace(":", "", 1), "/telephony/notices/opt-out/x/", url[:-4] + "abc/"):
        assert Client().post(forged).status_code == 404
    User.objects.all().delete()
    assert Client().get(url).status_code == 404


# --- keeping personal tokens tested -----------------------------------------------------------------------------------


def test_a_personal_token_that_nothing_has_shown_to_work_for_a_day_is_tested_once(person: User) -> None:
    account = make_personal(person)
    assert claim_untested_tokens() == []
    Token.objects.update(obtained_at=timezone.now() - 2 * DAY)
    LinkedAccount.objects.update(last_used_at=timezone.now() - HOUR)
    assert claim_untested_tokens() == []
    LinkedAccount.objects.update(last_used_at=timezone.now() - 25 * HOUR)
    assert claim_untested_tokens() == [account.pk]
    assert claim_untested_tokens() == []
    Token.objects.update(cooldown_until=timezone.now() - HOUR)
    LinkedAccount.objects.update(state=LinkState.NEEDS_RELINKING)
    assert claim_untested_tokens() == []

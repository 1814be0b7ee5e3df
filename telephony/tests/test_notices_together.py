"""What waited for the end of the same quiet hours goes out as one mail, and each notice in it keeps its own promises."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail

from accounts.models import User
from telephony.models import MailState, Notice, NoticeKind, NoticeSettings
from telephony.services import notice_mail, notices
from telephony.tests.making import make_account

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # 13:00 in Berlin; quiet until 14:00
END = NOW + timedelta(hours=1)


def refuse(*_arguments: object, **_options: object) -> None:
    raise ConnectionRefusedError


@pytest.fixture
def quiet(person: User) -> User:
    """Somebody in her quiet hours."""
    notices.settings_of(person)
    NoticeSettings.objects.filter(user=person).update(quiet_from=time(12), quiet_until=time(14))
    return User.objects.get(pk=person.pk)


def wait(person: User, count: int) -> list[Notice]:
    """So many notices that wait since `NOW`."""
    with time_machine.travel(NOW, tick=False):
        account = make_account(person)
        facts = {"amount": "1.00", "currency": "EUR", "threshold": "5.00"}
        for number in range(count):
            notices.announce(person, NoticeKind.LINK_ENDED, str(number), facts, account=account)
        assert notice_mail.claim_due() == []
    return list(Notice.objects.order_by("pk"))


def send_due() -> list[mail.EmailMessage]:
    """What goes out now."""
    before = len(mail.outbox)
    for pk in notice_mail.claim_due():
        notice_mail.send(pk)
    return mail.outbox[before:]


def states() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("mail", flat=True))


@pytest.mark.parametrize("language", ["en", "de"])
def test_three_that_waited_go_out_as_one_mail_with_a_section_each(quiet: User, language: str) -> None:
    User.objects.update(language=language)
    waiting = wait(quiet, 3)
    Notice.objects.filter(pk=waiting[2].pk).update(kind=NoticeKind.DAILY_SUMMARY.value, facts={"day": "2026-11-19"})
    NoticeSettings.objects.update(summary_at=time(13))
    with time_machine.travel(END, tick=False):
        (message,) = send_due()
        assert send_due() == []
    if language == "en":
        assert "3 notices while it was quiet" in message.subject
        assert message.body.count("must be linked again") == 2
        assert "this was" in message.body
    else:
        assert message.body.count("muss erneut verknüpft werden") == 2
        assert "das war" in message.body
    assert str(message.body).count("* * *") == 2
    assert len(re.findall(r"^[^\n]+: https?://\S*/notices/\S+/$", message.body.partition("-- ")[2], re.MULTILINE)) >= 2
    assert states() == [MailState.SENT] * 3
    assert "List-Unsubscribe-Post" not in message.extra_headers, "its button would end one kind of two"
    assert states() == [MailState.SENT] * 3


def test_one_that_waited_keeps_its_own_mail(quiet: User) -> None:
    (one,) = wait(quiet, 1)
    with time_machine.travel(END, tick=False):
        (message,) = send_due()
    assert "must be linked again" in message.subject
    assert message.extra_headers["Message-ID"].startswith(f"<notice-{one.pk}-")


def test_a_mail_that_did_not_go_out_is_tried_again_with_all_of_them(
    quiet: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(quiet, 3)
    with time_machine.travel(END, tick=False) as clock:
        with monkeypatch.context() as broken:
            broken.setattr("django.core.mail.message.EmailMessage.send", refuse)
            assert send_due() == []
        assert states() == [MailState.WAITING] * 3
        assert set(Notice.objects.values_list("mail_attempts", flat=True)) == {1}
        assert send_due() == [], "not at once"
        clock.shift(timedelta(minutes=6))
        (message,) = send_due()
    assert "3 notices" in message.subject
    assert states() == [MailState.SENT] * 3
    assert states() == [MailState.SENT] * 3


def test_what_is_over_or_turned_off_meanwhile_is_left_out(quiet: User) -> None:
    one, two, three, four = wait(quiet, 4)
    notices.settle(Notice.objects.filter(pk=two.pk))
    Notice.objects.filter(pk=three.pk).update(kind=NoticeKind.NOT_UPDATING.value)
    chosen = notices.settings_of(quiet)
    chosen.mail = {NoticeKind.NOT_UPDATING.value: False}
    chosen.save()
    with time_machine.travel(END, tick=False):
        (message,) = send_due()
    assert "2 notices" in message.subject
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert states() == [MailState.SENT, MailState.DROPPED, MailState.DROPPED, MailState.SENT]
    assert one.pk < four.pk


def test_a_worker_that_died_is_replaced_and_the_mail_keeps_its_id(quiet: User) -> None:
    waiting = wait(quiet, 2)
    first = notice_mail.mail_of_several(waiting).extra_headers["Message-ID"]
    with time_machine.travel(END, tick=False) as clock:
        Notice.objects.update(mail=MailState.SENDING, due_at=END + notice_mail.SILENCE, mail_attempts=1)
        assert send_due() == []
        clock.shift(notice_mail.SILENCE)
        (message,) = send_due()
    assert message.extra_headers["Message-ID"] == first


def test_whoever_is_handed_each_of_them_sends_nothing_twice(quiet: User) -> None:
    waiting = wait(quiet, 3)
    with time_machine.travel(END, tick=False):
        notice_mail.claim_due()
        sent = [notice_mail.send(one.pk) for one in (*waiting, *waiting)]
    assert sent == [True] + [False] * 5
    assert len(mail.outbox) == 1


def test_what_is_told_after_the_quiet_hours_and_to_others_is_apart(quiet: User, stranger: User) -> None:
    wait(quiet, 2)
    with time_machine.travel(END, tick=False):
        account = make_account(stranger)
        for person in (quiet, stranger):
            notices.announce(person, NoticeKind.LINK_ENDED, "later", {}, account=account)
        assert sorted("2 notices" in message.subject for message in send_due()) == [False, False, True]

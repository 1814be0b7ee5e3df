"""Mails about notices: each goes out once, in the person's language and time zone, with a way out of its kind in one click.

What waited for the end of the same quiet hours goes out together, in one mail.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from telephony.models import MailState, Notice, NoticeKind, NoticeSettings
from telephony.services import notices
from telephony.services.notice_words import words_of
from telephony.services.summary import summary_of

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)  # a task that is lost delays its mail by no more
SILENCE = timedelta(minutes=15)  # after which a worker that was sending counts as dead
FIRST_PAUSE = timedelta(minutes=5)  # after a mail server refused; it doubles
MOST_ATTEMPTS = 8  # over some ten hours
AT_ONCE = 200
MOST_TOGETHER = 49  # notices beside the first in one mail
OPT_OUT = "notice-opt-out"


def claim_due() -> list[int]:
    """Ids of notices whose mail is due, each given to one caller only. One that a dead worker was sending is due again.

    Of those that go out together the first alone is given: `send` takes the others along.
    """
    now = timezone.now()
    waiting = Q(mail=MailState.WAITING) | Q(mail=MailState.SENDING)
    due = Notice.objects.filter(waiting, due_at__lte=now).order_by("due_at").values_list("pk", "due_at")[:AT_ONCE]
    claim = {"mail": MailState.WAITING, "due_at": now + CLAIM}
    claimed = [pk for pk, planned in due if Notice.objects.filter(waiting, pk=pk, due_at=planned).update(**claim)]
    return _first_of_each(claimed)


def _first_of_each(claimed: list[int]) -> list[int]:
    if len(claimed) < 2:
        return claimed
    found: dict[object, int] = {}
    chosen: dict[int, NoticeSettings] = {}
    for row in Notice.objects.filter(pk__in=claimed).select_related("user").order_by("pk"):
        if row.user_id not in chosen:
            chosen[row.user_id] = notices.settings_of(row.user)
        end = _quiet_end(row, chosen[row.user_id])
        found.setdefault((row.user_id, end, row.mail_attempts) if end else row.pk, row.pk)
    return list(found.values())


def _quiet_end(notice: Notice, chosen: NoticeSettings) -> datetime | None:
    """The end of the quiet hours in which it was made; None for one that did not have to wait."""
    end = notices.mail_time(chosen, notice.user, notice.made_at)
    return end if end > notice.made_at else None


def _with_it(notice: Notice) -> list[Notice]:
    """The others that waited for the same moment and are due. A mail that was tried more or less often is on its own."""
    chosen = notices.settings_of(notice.user)
    end = _quiet_end(notice, chosen)
    if end is None:
        return []
    waiting = Notice.objects.select_related("user", "account", "account__client").filter(
        user=notice.user,
        mail=MailState.WAITING,
        mail_attempts=notice.mail_attempts,
        due_at__lte=timezone.now() + CLAIM,
        made_at__lt=end,
    )
    others = waiting.exclude(pk=notice.pk).order_by("pk")[:MOST_TOGETHER]
    return [one for one in others if _quiet_end(one, chosen) == end]


def send(notice_id: int) -> bool:
    """Send one mail, if that is still wanted, with what waited for the same moment; True where this call did.

    Taking it is a conditional UPDATE that is committed before anything leaves, so that two workers never send the same. Should a worker
    die between the mail server's answer and our note of it, the mail is sent again with the same Message-ID.
    """
    notice = Notice.objects.select_related("user", "account", "account__client").filter(pk=notice_id).first()
    if notice is None or not _take(notice):
        return False
    taken = [notice, *(one for one in _with_it(notice) if _take(one))]
    wanted = [one for one in taken if _wanted(one)]
    _note(MailState.DROPPED, *(one for one in taken if one not in wanted))
    if not wanted or _waits_again(wanted):
        return False
    try:
        (mail_of(wanted[0]) if len(wanted) == 1 else mail_of_several(wanted)).send()
    except OSError:  # SMTP errors among them
        log.exception("The mail about notice %s did not go out", ", ".join(str(one.pk) for one in wanted))
        for one in wanted:
            _try_later(one)
        return False
    _note(MailState.SENT, *wanted)
    return True


def _waits_again(taken: list[Notice]) -> bool:
    """Quiet hours that were chosen meanwhile hold too; that was no attempt."""
    now, person = timezone.now(), taken[0].user
    quiet_until = notices.mail_time(notices.settings_of(person), person, now)
    if quiet_until <= now:
        return False
    for one in taken:
        back = {"mail": MailState.WAITING, "due_at": quiet_until, "mail_attempts": one.mail_attempts}
        Notice.objects.filter(pk=one.pk).update(**back)
    return True


def _take(notice: Notice) -> bool:
    waiting = Notice.objects.filter(pk=notice.pk, mail=MailState.WAITING, mail_attempts=notice.mail_attempts)
    taken = {"mail": MailState.SENDING, "due_at": timezone.now() + SILENCE, "mail_attempts": F("mail_attempts") + 1}
    return bool(waiting.update(**taken))


def _wanted(notice: Notice) -> bool:
    """Whether it still holds, and she still wants it: both may have changed while it waited."""
    settings_now = notices.settings_of(notice.user)
    return notice.settled_at is None and notice.user.is_active and settings_now.by_mail(notice.notice_kind)


def _note(state: MailState, *of: Notice) -> None:
    """In one UPDATE, so that a worker that dies leaves no half of a mail to be sent again."""
    now = timezone.now() if state is MailState.SENT else None
    Notice.objects.filter(pk__in=[one.pk for one in of], mail=MailState.SENDING).update(
        mail=state, mailed_at=now, due_at=None
    )


def _try_later(notice: Notice) -> None:
    attempts = notice.mail_attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _note(MailState.FAILED, notice)
        return
    due_at = timezone.now() + FIRST_PAUSE * 2 ** (attempts - 1)
    Notice.objects.filter(pk=notice.pk, mail=MailState.SENDING).update(mail=MailState.WAITING, due_at=due_at)


def mail_of(notice: Notice) -> EmailMessage:
    """The mail in the person's language and zone. Nothing of a call is in it, and its links need her to sign in."""
    person, opt_out = notice.user, _way_out(notice)
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        section = _section(notice)
        context = {"person": person, "settings_url": _settings_url(), "opt_out_url": opt_out, **section}
        body = render_to_string(f"telephony/email/{_template(notice)}.txt", context)
        title = str(section["words"].title)
    return _addressed(person, title, body, f"notice-{_mark(notice)}", opt_out)


def mail_of_several(together: list[Notice]) -> EmailMessage:
    """One mail with a section for each notice. It names each one's way out; a button of mail programs can end one kind only."""
    person = together[0].user
    ways_out = {one.kind: _way_out(one) for one in together}
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        sections = [_section(one) for one in together]
        outs = [(NoticeKind(kind).label, url) for kind, url in ways_out.items()]
        context = {"person": person, "sections": sections, "ways_out": outs, "settings_url": _settings_url()}
        body = render_to_string("telephony/email/notices_message.txt", context)
        title = ngettext("%(count)d notice while it was quiet", "%(count)d notices while it was quiet", len(together))
        title %= {"count": len(together)}
    marks = hashlib.sha256(" ".join(map(_mark, together)).encode()).hexdigest()[:32]
    return _addressed(person, title, body, f"notices-{marks}", *(ways_out.values() if len(ways_out) == 1 else ()))


def _section(notice: Notice) -> dict[str, Any]:
    """What a mail tells of one notice, in the active language."""
    words = words_of(notice)
    return {"words": words, "url": settings.BASE_URL + words.path, "summary": _summary(notice)}


def _addressed(person: User, title: str, body: str, message: str, opt_out: str = "") -> EmailMessage:
    """`message` is the same when it has to be sent again. Without a way out in one click there are the settings."""
    headers = {
        "List-Unsubscribe": f"<{opt_out or _settings_url()}>",
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<{message}@{_domain()}>",
    }
    if opt_out:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    subject = " ".join(f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{title}".split())
    return EmailMessage(subject, body, None, [person.email], headers=headers)


def _mark(notice: Notice) -> str:
    return f"{notice.pk}-{notice.made_at.timestamp():.0f}"


def _settings_url() -> str:
    return settings.BASE_URL + reverse("telephony:notice_settings")


def _way_out(notice: Notice) -> str:
    return settings.BASE_URL + opt_out_path(notice.user, notice.notice_kind)


def _template(notice: Notice) -> str:
    return "summary_message" if notice.notice_kind is NoticeKind.DAILY_SUMMARY else "notice_message"


def _summary(notice: Notice) -> object:
    if notice.notice_kind is not NoticeKind.DAILY_SUMMARY:
        return None
    return summary_of(notice.user, date.fromisoformat(notice.facts["day"]))


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def opt_out_path(person: User, kind: NoticeKind) -> str:
    """The address that ends the mails of a kind without signing in. Signed, so that nobody can make one for somebody else."""
    token = signing.dumps([person.pk, kind.value], salt=OPT_OUT)
    return reverse("telephony:notice_opt_out", args=[token])


def read_opt_out(token: str) -> tuple[int, NoticeKind] | None:
    """Whose mails of which kind a signed address is about; None for one that was not made here. It never ends: mails are kept for years."""
    try:
        person, kind = signing.loads(token, salt=OPT_OUT)
        return int(person), NoticeKind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def opt_out(person: User, kind: NoticeKind, *, mails: bool = False) -> None:
    """No more mails of a kind, or (`mails`) again after all."""
    chosen = notices.settings_of(person)
    if kind is NoticeKind.DAILY_SUMMARY:
        if mails:
            return  # at which hour is hers to say
        chosen.summary_at = None
    chosen.mail = {**chosen.mail, kind.value: mails}
    chosen.save(update_fields=["mail", "summary_at"])

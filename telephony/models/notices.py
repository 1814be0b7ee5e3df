"""What a person is told without asking: notices, how she wants them, and from which balance on she is warned."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from telephony.core.enums import LabelledEnum
from telephony.models.accounts import LinkedAccount

LARGEST_THRESHOLD = 1_000_000  # currency units


class NoticeKind(LabelledEnum):
    """Everything that a person can be told; each can be turned off."""

    LINK_ENDING = "link_ending", _("A link will end")
    LINK_ENDED = "link_ended", _("A link has ended and must be made again")
    NOT_UPDATING = "not_updating", _("An account has not been read for a day")
    LOW_BALANCE = "low_balance", _("A balance is low")
    MISSED_CALLS = "missed_calls", _("Missed calls wait to be returned")
    DAILY_SUMMARY = "daily_summary", _("Daily summary")


BY_MAIL_AT_FIRST = frozenset(
    {NoticeKind.LINK_ENDING, NoticeKind.LINK_ENDED, NoticeKind.NOT_UPDATING, NoticeKind.LOW_BALANCE}
)
NEVER_ON_PAGE = frozenset({NoticeKind.DAILY_SUMMARY})


class MailState(LabelledEnum):
    """Where the mail of a notice stands. `due_at` says when a waiting one may go out."""

    NONE = "none", _("No mail")
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not needed any more")
    FAILED = "failed", _("Could not be sent")


class Notice(models.Model):
    """One event that a person is told of. (user, event) is unique, so that however often and by however many workers an event is found,
    it is one notice and one mail.

    `facts` are the figures that its words need; the words themselves are made when it is read, in the reader's language. `settled_at` is
    when it stopped being true: such a notice is shown no longer as open, and its mail, if it still waits, is not sent.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("person"))
    account = models.ForeignKey(
        LinkedAccount, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind.choices())
    event = models.CharField(_("event"), max_length=191)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    made_at = models.DateTimeField(_("time"), default=timezone.now)
    on_page = models.BooleanField(_("on the page"), default=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    mail = models.CharField(_("mail"), max_length=10, choices=MailState.choices(), default=MailState.NONE)
    due_at = models.DateTimeField(_("mail not before"), null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(_("attempts to send"), default=0)
    mailed_at = models.DateTimeField(_("mail sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-made_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="one_notice_an_event")]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="notices_of_person"),
            models.Index(fields=["mail", "due_at"], name="notices_to_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def notice_kind(self) -> NoticeKind:
        """The kind with its label."""
        return NoticeKind(self.kind)

    @property
    def is_new(self) -> bool:
        """Whether the bell counts it."""
        return self.on_page and self.seen_at is None and self.settled_at is None


class NoticeSettings(models.Model):
    """How a person wants her notices. `mail` and `page` hold what she has chosen by kind; what is not in them is as at first.

    Quiet hours and the hour of the summary are times of day in her own zone; the quiet ones may cross midnight. `summary_since` is the
    first day with a summary, so that turning it on in the evening sends none for that morning.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_settings")
    mail = models.JSONField(default=dict, blank=True)
    page = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    summary_at = models.TimeField(_("summary at"), null=True, blank=True)
    summary_since = models.DateField(null=True, blank=True)
    next_check_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("notice settings")
        verbose_name_plural = _("notice settings")

    def __str__(self) -> str:
        return str(self.user)

    def by_mail(self, kind: NoticeKind) -> bool:
        """Whether she wants a mail of this kind."""
        if kind is NoticeKind.DAILY_SUMMARY:
            return self.summary_at is not None
        return bool(self.mail.get(kind.value, kind in BY_MAIL_AT_FIRST))

    def on_page(self, kind: NoticeKind) -> bool:
        """Whether she wants to see it on the page."""
        return kind not in NEVER_ON_PAGE and bool(self.page.get(kind.value, True))


class BalanceAlert(models.Model):
    """From which balance of an account on its owner is warned; null means the usual one of its currency.

    `low_since` is set while the balance is below: the next warning comes only after it has risen.
    """

    account = models.OneToOneField(LinkedAccount, models.CASCADE, related_name="balance_alert")
    enabled = models.BooleanField(_("warn"), default=True)
    threshold = models.DecimalField(
        _("warn below"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_THRESHOLD)],
    )
    low_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("balance alert")
        verbose_name_plural = _("balance alerts")

    def __str__(self) -> str:
        return f"{self.account}: {self.threshold}"

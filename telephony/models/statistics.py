"""The roll-up of the calls: counts by local day and hour, kept in step with every page that is stored."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from telephony.core.number_tallies import EVER, NumberKey
from telephony.core.tallies import HOURS, Grain, TallyKey
from telephony.core.types import Direction, Kind, LogScope, Outcome
from telephony.models.accounts import LinkedAccount

NOTHING_YET = datetime(9999, 1, 1, tzinfo=UTC)


class TallyBook(models.Model):
    """The roll-up of one account in one time zone.

    Calls that start at or after `counted_since` are in it; null means all of them. `numbers_since` says the same of the tallies by number.
    A person who moves to another zone gets a new book, which is filled from the newest call backwards while the store goes on writing.
    """

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="tally_books")
    zone = models.CharField(_("time zone"), max_length=64)
    counted_since = models.DateTimeField(_("counted back to"), null=True, blank=True)
    numbers_since = models.DateTimeField(_("numbers counted back to"), null=True, blank=True, default=NOTHING_YET)

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")
        constraints = [models.UniqueConstraint(fields=["account", "zone"], name="unique_tally_book")]

    def __str__(self) -> str:
        return f"{self.account} ({self.zone})"

    @property
    def complete(self) -> bool:
        """Whether every stored call is counted."""
        return self.counted_since is None and self.numbers_since is None


class CallTally(models.Model):
    """Calls of one log, and one day or month, that agree in everything that can be filtered; `core.tallies` says what the key means.

    `timed` are those whose talk time is known, `seconds` their sum; h00 to h23 are the calls by local hour. Counts are signed, since an
    upsert that takes calls away inserts negative numbers before it finds the row to add them to.
    """

    book = models.ForeignKey(TallyBook, models.CASCADE, related_name="tallies", db_index=False)
    grain = models.CharField(max_length=9, choices=Grain.choices())
    scope = models.CharField(max_length=7, choices=LogScope.choices())
    start = models.DateField()
    weekday = models.SmallIntegerField()
    extension = models.CharField(max_length=60, blank=True)
    direction = models.CharField(max_length=10, choices=Direction.choices())
    outcome = models.CharField(max_length=12, choices=Outcome.choices())
    kind = models.CharField(max_length=12, choices=Kind.choices())
    calls = models.IntegerField()
    timed = models.IntegerField()
    seconds = models.BigIntegerField()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(
                fields=["book", *TallyKey._fields],
                name="unique_tally",
            )
        ]
        indexes = [models.Index(fields=["book", "grain", "scope", "extension", "start"], name="tally_by_extension")]

    def __str__(self) -> str:
        return f"{self.grain} {self.start} {self.extension} {self.direction} {self.outcome}: {self.calls}"


HOUR_COLUMNS = tuple(f"h{hour:02}" for hour in HOURS)
for _name in HOUR_COLUMNS:
    CallTally.add_to_class(_name, models.IntegerField())


class NumberTally(models.Model):
    """Calls and voicemails of one log with one other party, in a local month or, where `month` is EVER, in all.

    `timed` are answered calls whose talk time is known, `seconds` the sum of these. Counts are signed for the same reason as others.
    """

    book = models.ForeignKey(TallyBook, models.CASCADE, related_name="number_tallies", db_index=False)
    scope = models.CharField(max_length=7, choices=LogScope.choices())
    month = models.DateField()
    digits = models.CharField(max_length=40, blank=True)
    calls = models.IntegerField()
    answered = models.IntegerField()
    timed = models.IntegerField()
    seconds = models.BigIntegerField()

    class Meta:
        verbose_name = _("tally of a number")
        verbose_name_plural = _("tallies of numbers")
        constraints = [models.UniqueConstraint(fields=["book", *NumberKey._fields], name="unique_number_tally")]
        # The numbers with the most calls are read from here, however many others there are.
        indexes = [
            models.Index(
                fields=["book", "scope", "-calls", "digits"],
                condition=models.Q(month=EVER),
                name="number_by_calls",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.calls}"

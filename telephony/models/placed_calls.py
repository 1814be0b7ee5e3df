"""Calls that a person started from here (click to call)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from telephony.core.call_errors import after_call
from telephony.core.calling import OVER, CallFailure, CallStage
from telephony.core.phone import for_display
from telephony.models.acts import Act


class PlacedCall(Act):
    """A call that was started. `device` is the provider's key of what rings first, `number` E.164 or the digits of a short number.

    `stage` is where the provider says the call stands, "" until it has taken it; `vendor_word` is its own word for that. `next_check_at`
    is when it may be asked again, null where there is nothing to learn.
    """

    device = models.CharField(_("device"), max_length=191)
    device_name = models.CharField(_("device as it is shown"), max_length=120)
    number = models.CharField(_("number"), max_length=40)
    digits = models.CharField(max_length=40)
    stage = models.CharField(_("stage"), max_length=16, choices=CallStage.choices(), blank=True)
    failure = models.CharField(_("why it came to nothing"), max_length=20, choices=CallFailure.choices(), blank=True)
    vendor_word = models.CharField(_("the provider's word"), max_length=120, blank=True)
    can_cancel = models.BooleanField(default=False)
    cost_confirmed = models.BooleanField(_("extra cost confirmed"), default=False)

    class Meta(Act.Meta):
        verbose_name = _("started call")
        verbose_name_plural = _("started calls")
        indexes: ClassVar = [
            *Act.Meta.indexes,
            models.Index(fields=["user", "digits", "-asked_at"], name="placedcall_to_number"),
        ]

    def __str__(self) -> str:
        return (
            f"…{self.digits[-3:]} {self.asked_at:%Y-%m-%d %H:%M}"  # staff see it, where accounts and people are deleted
        )

    def get_absolute_url(self) -> str:
        """The page that follows the call."""
        return reverse("telephony:placed_call", args=[self.pk])

    @property
    def shown_device(self) -> str:
        """The device's name; a number that stands for it in its groups."""
        return for_display(self.device_name)

    @property
    def shown_number(self) -> str:
        """The number in groups."""
        return for_display(self.number)

    @property
    def call_stage(self) -> CallStage | None:
        """The stage with its label, None before the provider has taken the call."""
        return CallStage(self.stage) if self.stage else None

    @property
    def is_over(self) -> bool:
        """Whether it has ended, as far as anybody knows."""
        return self.call_stage in OVER

    @property
    def error_next_step(self) -> str:
        """Whether anybody was called, and what to do now."""
        return after_call(self.error) if self.error else ""

"""Forms about notices: which, when, and from which balance on."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.kept_forms import OwnedForm
from telephony.models import BalanceAlert, NoticeKind, NoticeSettings
from telephony.models.notices import LARGEST_THRESHOLD, NEVER_ON_PAGE
from telephony.services.local_times import is_quiet, moment_of

CHOSEN_BY_KIND = [kind for kind in NoticeKind if kind not in NEVER_ON_PAGE]


def _time_field(label: Any, help_text: Any = "") -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, help_text=help_text, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


class NoticeSettingsForm(OwnedForm):
    """Each kind by mail and on the page, quiet hours, and the hour of the daily summary."""

    quiet_from = _time_field(gettext_lazy("Quiet from"))
    quiet_until = _time_field(gettext_lazy("Quiet until"))
    summary_at = _time_field(
        gettext_lazy("Daily summary at"),
        gettext_lazy("Leave it empty for none. It tells the figures of the day before."),
    )

    def __init__(self, settings: NoticeSettings, data: Any = None, *, typed: dict[str, str] | None = None) -> None:
        stored = {name: getattr(settings, name) for name in ("quiet_from", "quiet_until", "summary_at")}
        super().__init__(data, initial=stored | (typed or {}))
        self.settings = settings
        for kind in CHOSEN_BY_KIND:
            for name, label, wanted in (
                (f"mail_{kind}", _("%(kind)s: by mail"), settings.by_mail(kind)),
                (f"page_{kind}", _("%(kind)s: on the page"), settings.on_page(kind)),
            ):
                self.fields[name] = forms.BooleanField(
                    label=label % {"kind": kind.label}, required=False, initial=wanted
                )

    @property
    def kind_rows(self) -> list[tuple[NoticeKind, forms.BoundField, forms.BoundField]]:
        """One line for each kind: the kind, its box for mails and its box for the page."""
        return [(kind, self[f"mail_{kind}"], self[f"page_{kind}"]) for kind in CHOSEN_BY_KIND]

    def clean(self) -> dict[str, Any]:
        """Quiet hours need both ends, and two different ones."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if "quiet_from" in cleaned and "quiet_until" in cleaned:
            if (start is None) != (end is None):
                self.add_error(
                    "quiet_until" if end is None else "quiet_from",
                    _("Quiet hours need a beginning and an end; leave both empty for none."),
                )
            elif start is not None and start == end:
                self.add_error("quiet_until", _("Choose an end that differs from the beginning."))
        return cleaned

    def save(self, now: datetime | None = None) -> NoticeSettings:
        """Keep what was chosen. A summary whose hour is over today begins tomorrow."""
        settings, chosen = self.settings, self.cleaned_data
        settings.mail = settings.mail | {kind.value: chosen[f"mail_{kind}"] for kind in CHOSEN_BY_KIND}
        settings.page = settings.page | {kind.value: chosen[f"page_{kind}"] for kind in CHOSEN_BY_KIND}
        settings.quiet_from, settings.quiet_until = chosen["quiet_from"], chosen["quiet_until"]
        if chosen["summary_at"] != settings.summary_at:
            settings.summary_since = self._first_summary(chosen["summary_at"], now or timezone.now())
        settings.summary_at = chosen["summary_at"]
        settings.save(update_fields=["mail", "page", "quiet_from", "quiet_until", "summary_at", "summary_since"])
        return settings

    def _first_summary(self, at: time | None, now: datetime) -> Any:
        zone = ZoneInfo(self.settings.user.time_zone)
        today = now.astimezone(zone).date()
        if at is None or moment_of(today, at, zone) > now:
            return today
        return today.fromordinal(today.toordinal() + 1)

    @property
    def summary_waits(self) -> bool:
        """Whether the summary's hour is a quiet one, so that it comes when that ends."""
        settings = self.settings
        if settings.summary_at is None:
            return False
        moment = datetime(2000, 1, 1, settings.summary_at.hour, settings.summary_at.minute, tzinfo=UTC)
        return is_quiet(moment, settings.quiet_from, settings.quiet_until, ZoneInfo("UTC"))


class BalanceAlertForm(OwnedForm):
    """From which balance on the owner is warned."""

    enabled = forms.BooleanField(label=gettext_lazy("Warn me when the balance is low"), required=False)
    threshold = forms.DecimalField(
        label=gettext_lazy("Warn below"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(LARGEST_THRESHOLD),
        max_digits=12,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    @classmethod
    def of(
        cls, alert: BalanceAlert | None, data: Any = None, *, typed: dict[str, str] | None = None
    ) -> BalanceAlertForm:
        """The form with what is stored in it, or with what was typed and is not stored yet."""
        enabled, threshold = (alert.enabled, alert.threshold) if alert else (True, None)
        return cls(data, initial={"enabled": enabled, "threshold": threshold} | (typed or {}))

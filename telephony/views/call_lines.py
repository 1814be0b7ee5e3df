"""Calls as a list shows them: one line each, put into words once. What many lines share is worded once per page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.design_tags import icon, pill
from telephony.models import LinkedAccount
from telephony.templatetags.formats import moment, talk_time
from telephony.views.call_rows import CallRow, PartyView


@dataclass(frozen=True, slots=True)
class CallLine:
    """What a line says. `direction_icon`, `kind`, `outcome` and `media` are drawn already; `kind` is "" for calls."""

    url: str
    time: SafeString
    direction: str
    direction_icon: SafeString
    kind: str
    caller: PartyView
    callee: PartyView
    outcome: SafeString
    media: SafeString
    length: str
    account: str
    provider: str


def call_lines(rows: Iterable[CallRow]) -> list[CallLine]:
    """One line per row, in the active language."""
    wording = _Wording()
    return [wording.line(row) for row in rows]


class _Wording:
    """The words of one page."""

    def __init__(self) -> None:
        # One look-up of the address serves all lines.
        self._before, _zero, self._after = reverse("telephony:call", args=[0]).rpartition("0")
        self._providers: dict[int, str] = {}
        self._media = {"recording": icon("download", _("Recording")), "voicemail": icon("voicemail", _("Voicemail"))}

    def line(self, row: CallRow) -> CallLine:
        call, direction = row.call, row.direction
        return CallLine(
            url=f"{self._before}{call.pk}{self._after}",
            time=moment(call.started_at),
            direction=direction.label,
            direction_icon=icon(row.direction_icon),
            kind="" if row.is_call else pill("neutral", row.kind.label, icon=row.kind_icon),
            caller=row.caller,
            callee=row.callee,
            outcome=pill(row.tone, row.outcome.label, icon=row.outcome_icon),
            media=format_html_join("", "{}", ((drawn,) for name, drawn in self._media.items() if getattr(call, name))),
            length=talk_time(call.duration) if call.duration else "",
            account=row.account.label,
            provider=self._provider(row.account),
        )

    def _provider(self, account: LinkedAccount) -> str:
        if account.pk not in self._providers:
            self._providers[account.pk] = account.provider_name
        return self._providers[account.pk]

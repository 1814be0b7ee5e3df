"""What the support desk shows about one linked account besides its columns: token, readings, capabilities, last events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from telephony.admin import words
from telephony.admin.tokens import health_of
from telephony.core.capabilities import capability_card
from telephony.core.registry import find_spec
from telephony.models import AccountEvent, LinkedAccount, Reading, Section, Token
from telephony.services.retelling import retold
from telephony.views.troubles import trouble_of

MOST_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Panel:
    """One table below the account's fields. Without rows its `empty` sentence is shown."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    empty: str


def panels(account: LinkedAccount) -> list[Panel]:
    """All of them; one query each for the token, the readings and the events."""
    return [_token(account), _capabilities(account), _readings(account), _events(account)]


def _token(account: LinkedAccount) -> Panel:
    token = Token.objects.filter(account=account).defer("access_token", "refresh_token").first()
    rows: list[tuple[Any, ...]] = []
    if token is not None:
        rows = [
            (_("Kind"), token.get_kind_display()),
            (_("Fingerprint"), format_html("<code>{}</code>", token.fingerprint)),
            (_("Obtained"), words.moment(token.obtained_at)),
            (_("Access"), words.expiry(token.expires_at)),
            (_("Refresh token obtained"), words.moment(token.refresh_obtained_at, _("there is none"))),
            (_("Link, unless renewed"), words.expiry(token.refresh_expires_at)),
            (_("Link ends"), words.link_end(account, token)),
            (_("Permissions"), words.word_list(token.scopes, _("not known for a personal access token"))),
            (_("Encryption key"), words.key_pill(token.key_id)),
            (_("Generation"), token.generation),
            (_("Renewing"), health_of(token)),
            (_("No attempt before"), words.moment(token.cooldown_until, _("no pause"))),
        ]
    return Panel("token", _("Token"), (), rows, _("No token is stored: the person has to link the account again."))


def _capabilities(account: LinkedAccount) -> Panel:
    spec = find_spec(account.provider)
    granted = None if account.granted_scopes is None else frozenset(account.granted_scopes)
    card = capability_card(spec, granted, account.observed_capabilities()) if spec else ()
    rows = [
        (
            capability.feature.label,
            words.pill(words.CAPABILITY_TONES[capability.state], capability.state.label),
            ", ".join(capability.missing) or str(capability.remark),
        )
        for capability in card
    ]
    heads = (_("Feature"), _("State"), _("What is missing, or why"))
    return Panel("capabilities", _("What works"), heads, rows, _("The provider is not installed any more."))


def _readings(account: LinkedAccount) -> Panel:
    found = {reading.section: reading for reading in Reading.objects.filter(account=account)}
    rows = [_reading(account, found[section], section) for section in Section if section in found]
    heads = (_("Section"), _("Last attempt"), _("Result"), _("Shown is from"), _("Next attempt"))
    return Panel("readings", _("Readings"), heads, rows, _("Nothing has been read yet."))


def _reading(account: LinkedAccount, reading: Reading, section: Section) -> tuple[Any, ...]:
    duration = _("%(milliseconds)d ms") % {"milliseconds": reading.milliseconds}
    tried = format_html('{} <span class="desk-aside">{}</span>', words.moment(reading.tried_at), duration)
    shown = words.moment(reading.read_at, _("never read"))
    return section.label, tried, _result(account, reading), shown, words.moment(reading.retry_at)


def _result(account: LinkedAccount, reading: Reading) -> str:
    trouble = trouble_of(account, reading)
    if trouble is None:
        return words.pill("ok", _("Read"))
    request_id = format_html(" <code>{}</code>", reading.request_id) if reading.request_id else ""
    return format_html(
        '{} {} <span class="desk-aside">{}{}</span>',
        words.pill("warn", _("Failed")),
        trouble.what_happened,
        trouble.what_to_do,
        request_id,
    )


def _events(account: LinkedAccount) -> Panel:
    found = AccountEvent.objects.filter(account=account).select_related("actor").order_by("-at", "-pk")[:MOST_EVENTS]
    rows = [
        (words.moment(event.at), event.get_kind_display(), retold(event.sentence), event.actor or "–")
        for event in found
    ]
    heads = (_("Time"), _("What"), _("What happened"), _("By"))
    title = _("Last %(count)d events") % {"count": MOST_EVENTS}
    return Panel("events", title, heads, rows, _("Nothing has happened yet."))

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
from telephony.core.types import LogScope
from telephony.models import AccountEvent, LinkedAccount, Reading, Section, SyncState, Token
from telephony.services.hosts import outages
from telephony.services.reasons import reason_of
from telephony.services.retelling import retold
from telephony.services.why import failures_of
from telephony.views.outages import troubles_of
from telephony.views.troubles import trouble_of
from telephony.views.why import what_next

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
    """All of them; one query each for the token, the readings, the failed requests, the logs and the events."""
    return [
        _why(account),
        _token(account),
        _capabilities(account),
        _readings(account),
        _failed(account),
        _sync(account),
        _events(account),
    ]


def _why(account: LinkedAccount) -> Panel:
    """The same words as on the person's own page."""
    rows: list[tuple[Any, ...]] = [
        (_("State"), words.state_pill(account)),
        (_("Why"), reason_of(account)),
        (_("Since"), words.moment(account.state_since)),
        (_("What we do"), what_next(account)),
        (_("Next attempt"), words.moment(account.retry_at or (account.next_refresh_at if account.usable else None))),
    ]
    for trouble in troubles_of(account, outages()):
        not_answering = format_html("{} <code>{}</code>", words.pill("danger", _("Not answering")), trouble.origin)
        rows.append((_("Server"), format_html("{} {}", not_answering, words.moment(trouble.since))))
    return Panel("why", _("Is this account up to date?"), (), rows, "")


def _failed(account: LinkedAccount) -> Panel:
    rows = [
        (
            words.moment(same.latest.at),
            same.count,
            format_html("<code>{} {}{}</code>", same.latest.method, same.latest.host, same.latest.path),
            same.latest.status or "–",
            format_html("<code>{}</code>", same.latest.code),
            format_html('{} <span class="desk-aside">{}</span>', same.sentence, same.latest.operation),
            format_html("<code>{}</code>", same.latest.request_id) if same.latest.request_id else "–",
            _("%(milliseconds)d ms") % {"milliseconds": same.latest.milliseconds},
        )
        for same in failures_of(account, by_operation=True)
    ]
    heads = (
        _("Last"), _("Times"), _("Request"), _("Status"), _("Cause"), _("What happened"), _("Request id"), _("Duration"),
    )  # fmt: skip
    return Panel("failed", _("Failed requests"), heads, rows, _("No request has failed in the last 30 days."))


def _sync(account: LinkedAccount) -> Panel:
    states = SyncState.objects.filter(account=account).order_by("-scope")
    rows = [
        (
            LogScope(state.scope).label,
            state.calls,
            words.moment(state.covered_since, _("nothing yet")),
            words.moment(state.last_pass_at, _("never")),
            retold(state.sentence) or words.pill("ok", _("Fine")),
            words.moment(state.next_pass_at),
        )
        for state in states
    ]
    heads = (_("Call log"), _("Calls"), _("Complete since"), _("Last pass"), _("Result"), _("Next pass"))
    return Panel("sync", _("Sync"), heads, rows, _("The worker has not come to this account yet."))


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
    card = capability_card(spec, granted, account.observed_capabilities(), account.keys) if spec else ()
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

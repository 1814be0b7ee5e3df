"""How the support desk says things: moments, states and keys, each as an icon with a word or as a sentence."""

from __future__ import annotations

from datetime import datetime

from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from telephony.core.types import CapabilityState
from telephony.models import LinkedAccount, LinkState, Secret, Token
from telephony.models.encrypted import fernets, primary_key_id
from telephony.services.link_end import link_end as find_link_end

MOMENT = 60  # seconds that are not worth a number

STATE_TONES = {
    LinkState.ACTIVE: "ok",
    LinkState.DELAYED: "warn",
    LinkState.NEEDS_RELINKING: "danger",
    LinkState.DISABLED: "neutral",
    LinkState.UNLINKING: "info",
}
CAPABILITY_TONES = {
    CapabilityState.AVAILABLE: "ok",
    CapabilityState.SCOPE_MISSING: "warn",
    CapabilityState.ROLE_MISSING: "warn",
    CapabilityState.NOT_ON_CONTRACT: "neutral",
    CapabilityState.NOT_OFFERED: "neutral",
    CapabilityState.UNKNOWN: "info",
}


def pill(tone: str, label: str) -> SafeString:
    """A status as icon, word and colour."""
    return render_to_string("admin/telephony/pill.html", {"tone": tone, "label": label})


def state_pill(account: LinkedAccount) -> SafeString:
    """The state of a linked account."""
    return pill(STATE_TONES[account.link_state], account.link_state.label)


def moment(value: datetime | None, never: str = "") -> SafeString | str:
    """How long ago, or how soon; the exact time in the reader's zone is in its title. `never` stands for no time at all."""
    if value is None:
        return never or "–"
    exact = date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, _distance(value))


def _distance(value: datetime) -> str:
    """humanize's own words for the units, because languages such as German decline them after “ago” and “in”."""
    now = timezone.now()
    if abs((value - now).total_seconds()) < MOMENT:
        return _("just now") if value <= now else _("in a moment")
    if value <= now:
        return _("%(time)s ago") % {
            "time": timesince(value, now, time_strings=NaturalTimeFormatter.past_substrings, depth=1)
        }
    return _("in %(time)s") % {
        "time": timeuntil(value, now, time_strings=NaturalTimeFormatter.future_substrings, depth=1)
    }


def expiry(value: datetime | None) -> SafeString | str:
    """When something ends or has ended, in words."""
    if value is None:
        return _("does not end")
    template = _("ends {}") if value > timezone.now() else _("ended {}")
    return format_html(template, moment(value))


def link_end(account: LinkedAccount, token: Token) -> SafeString | str:
    """When a link ends as things stand, and why; most do not end by themselves."""
    end = find_link_end(account, token)
    if end is None:
        return _("not by itself, as far as is known")
    return format_html("{}. {}", expiry(end.at), end.reason.label)


def key_pill(key_id: str) -> SafeString | str:
    """Whether an encryption key is at hand, and whether it is the newest."""
    if not key_id:
        return "–"
    if key_id not in fernets():
        return format_html("{} <code>{}</code>", pill("danger", _("Key is not configured")), key_id)
    newest = key_id == primary_key_id()
    return format_html(
        "{} <code>{}</code>", pill("ok", _("Newest key")) if newest else pill("warn", _("Older key")), key_id
    )


def secret_pill(secret: Secret) -> SafeString | str:
    """Whether a secret is stored and can be opened; nothing of the secret itself."""
    if not secret:
        return pill("danger", _("No secret"))
    if secret.key_id not in fernets():
        return format_html("{} <code>{}</code>", pill("danger", _("Key is not configured")), secret.key_id)
    return pill("ok", _("Stored"))


def word_list(words: list[str] | None, unknown: str) -> SafeString | str:
    """Wire names one below the other; `unknown` where there is no list."""
    if not words:
        return unknown if words is None else _("none")
    return format_html(
        '<ul class="desk-list">{}</ul>', format_html_join("", "<li><code>{}</code></li>", ((word,) for word in words))
    )


def pairs(rows: list[tuple[str, str]]) -> SafeString | str:
    """Terms and values as a definition list."""
    if not rows:
        return "–"
    return format_html('<dl class="desk-pairs">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))

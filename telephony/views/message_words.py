"""The state of a text in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from telephony.core.errors import ScopeMissing
from telephony.core.texts import TextStatus
from telephony.core.types import Feature
from telephony.models import ActState, Message
from telephony.services.texting import lacking_reading_scopes, lacking_scopes
from telephony.views.addresses import relink_url


@dataclass(frozen=True, slots=True)
class MessageState:
    """A pill, and the sentences beside it. `ask_url` leads to where a permission that is missing can be agreed to."""

    tone: str
    label: str
    icon: str = ""
    what_happened: str = ""
    what_to_do: str = ""
    ask_url: str = ""
    is_settled: bool = True


def state_of(message: Message) -> MessageState:
    """Where a text stands, in the active language, without asking anybody."""
    state = message.act_state
    if state in (ActState.QUEUED, ActState.ASKING):
        return MessageState("info", state.label, "clock", is_settled=False)
    if state is ActState.FAILED:
        return MessageState(
            "danger", _failed(message), "", message.error_sentence, message.error_next_step, _permission_url(message)
        )
    if state is ActState.UNKNOWN:
        return MessageState("warn", _("Unknown"), "help", *_unknown(message), is_settled=not _is_followed(message))
    if state is ActState.SUCCEEDED:
        return MessageState("ok", _("Delivered"), "check")
    if message.is_scheduled:
        return MessageState("info", _("Scheduled"), "clock")
    return _accepted(message)


def _is_followed(message: Message) -> bool:
    """Whether looking again in a moment can show something new."""
    return message.next_check_at is not None and message.account.usable


def _waits_for_the_link(message: Message) -> bool:
    return message.next_check_at is not None and not message.account.usable


def _failed(message: Message) -> str:
    return _("Not delivered") if message.delivery == TextStatus.FAILED else _("Not sent")


def _permission_url(message: Message) -> str:
    """Where to agree to what sending needs, if it was refused for want of it: the sentence speaks of one click."""
    account = message.account
    if message.error_code != ScopeMissing.code or not account.usable:
        return ""
    ways = account.spec.needs.get(Feature.SEND_TEXT, ())
    return relink_url(account, lacking_scopes(account) or sorted({name for way in ways for name in way}))


def _unknown(message: Message) -> tuple[str, str]:
    provider = {"provider": message.account.provider_name}
    happened = _("We did not learn whether %(provider)s sent this text.") % provider
    if _waits_for_the_link(message):
        return happened, _(
            "It is looked for as soon as the account is connected again. Until then check at %(provider)s or ask the "
            "recipient; it is never sent twice by itself."
        ) % provider
    if message.next_check_at is not None:
        return happened, _("We look for it at %(provider)s. Do not send it again yet.") % provider
    return happened, _(
        "Check at %(provider)s or ask the recipient before you send it again; it is never sent twice by itself."
    ) % provider


def _accepted(message: Message) -> MessageState:
    """The provider has it. What comes next is told where the provider tells it."""
    provider = {"provider": message.account.provider_name}
    rules = message.account.spec.texts
    if missing := lacking_reading_scopes(message.account):
        sentence = _("Whether it arrives cannot be seen: this link lacks the permission %(scopes)s.") % {
            "scopes": ", ".join(missing)
        }
        ask = relink_url(message.account, missing) if message.account.usable else ""
        return MessageState("info", ActState.ACCEPTED.label, "check", sentence, ask_url=ask)
    if _waits_for_the_link(message):
        sentence = _("Whether it arrives is looked up as soon as the account is connected again.")
        return MessageState("info", ActState.ACCEPTED.label, "check", sentence)
    if message.delivery == TextStatus.SENT:
        sentence = ""
        if rules is not None and not rules.tells_delivery:
            sentence = _("%(provider)s lists it as sent. It does not tell whether texts arrive.") % provider
        return MessageState("ok", _("Sent"), "check", sentence, is_settled=not _is_followed(message))
    sentence = _("%(provider)s has accepted it; that is not yet the delivery.") % provider
    return MessageState("info", ActState.ACCEPTED.label, "check", sentence, is_settled=not _is_followed(message))

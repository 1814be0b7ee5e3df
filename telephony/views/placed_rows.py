"""Started calls, devices and the reasons against them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from telephony.calling_forms import signed, unsigned
from telephony.core.calling import CallingDevice, CallStage
from telephony.core.errors import OutcomeUnknown, ProviderError, ScopeMissing
from telephony.core.phone import for_display
from telephony.core.types import CapabilityState, Feature
from telephony.models import LinkedAccount, PlacedCall
from telephony.models.acts import ActState
from telephony.services.placing import CallingAccount
from telephony.views.addresses import call_url, relink_url
from telephony.views.capability_rows import remark_of

_FOLLOWED = (CallStage.RINGING_OWN, CallStage.RINGING_OTHER, CallStage.CONNECTED)
_STAGES = {
    CallStage.HANDED_OVER: ("info", "phone"),
    CallStage.RINGING_OWN: ("info", "phone"),
    CallStage.RINGING_OTHER: ("info", "phone-out"),
    CallStage.CONNECTED: ("ok", "phone"),
    CallStage.ENDED: ("neutral", "check"),
    CallStage.FAILED: ("warn", "phone-missed"),
    CallStage.CANCELLED: ("neutral", "x"),
}


@dataclass(frozen=True, slots=True)
class PlacedCallView:
    """A started call as its page shows it."""

    call: PlacedCall

    @property
    def is_waiting(self) -> bool:
        """Whether the provider has not answered yet."""
        return self.call.act_state in (ActState.QUEUED, ActState.ASKING)

    @property
    def poll(self) -> str:
        """How often the page looks again, as htmx takes it; "" for never."""
        if self.is_waiting:
            return "every 2s"
        if not self.call.next_check_at:
            return ""
        return "every 10s" if self.call.call_stage is CallStage.CONNECTED else "every 2s"

    @property
    def seen(self) -> str:
        """What the browser shows now, so that it is not told the same again."""
        return f"{self.call.act_state}-{self.call.stage}-{int(self.can_cancel)}-{int(bool(self.poll))}"

    @property
    def can_cancel(self) -> bool:
        """Whether it can be called off from here."""
        return self.call.can_cancel and not self.call.is_over

    @property
    def may_repeat(self) -> bool:
        """Whether calling again is offered: it is over, it failed, or nobody knows."""
        return self.call.is_over or self.call.act_state in (ActState.FAILED, ActState.UNKNOWN)

    @property
    def tone(self) -> str:
        """The tone of the pill."""
        return self._look[0]

    @property
    def icon(self) -> str:
        """The icon of the pill."""
        return self._look[1]

    @property
    def label(self) -> str:
        """The state in a few words."""
        state, stage = self.call.act_state, self.call.call_stage
        if state is ActState.UNKNOWN:
            return _("Unknown: look at your phone")
        if stage is not None:
            return stage.label
        return _("Not started") if state is ActState.FAILED else _("Being started")

    @property
    def text(self) -> str:
        """What happens now, and what the person does."""
        call, stage = self.call, self.call.call_stage
        names = {"device": call.shown_device, "number": call.shown_number, "provider": call.account.provider_name}
        if call.act_state is ActState.UNKNOWN:
            known = call.error_sentence if call.error_code != OutcomeUnknown.code else ""
            return known or _("We did not learn whether %(provider)s started the call.") % names
        if stage is None:
            return call.error_sentence or _("We are asking %(provider)s to start the call.") % names
        if stage is CallStage.FAILED:
            return call.get_failure_display()
        return {
            CallStage.HANDED_OVER: _("Pick up “%(device)s”; then %(number)s is called."),
            CallStage.RINGING_OWN: _("Pick up “%(device)s”; then %(number)s is called."),
            CallStage.RINGING_OTHER: _("You have picked up. Now %(number)s rings."),
            CallStage.CONNECTED: _("You are connected with %(number)s."),
            CallStage.ENDED: _("The call with %(number)s is over."),
            CallStage.CANCELLED: _("The call was cancelled before anybody answered."),
        }[stage] % names

    @property
    def advice(self) -> str:
        """What to do, or what not to expect."""
        call = self.call
        if call.act_state is ActState.UNKNOWN:
            return call.error_next_step or _("Look at your phone before you call again; we never repeat it.")
        if call.call_stage is CallStage.HANDED_OVER:
            return _(
                "%(provider)s does not tell how the call goes on, and cannot cancel it from here: hang up at your device."
            ) % {"provider": call.account.provider_name}
        if call.call_stage in (CallStage.RINGING_OTHER, CallStage.CONNECTED):
            return _("To end the call, hang up at your device.")
        return "" if call.call_stage else call.error_next_step

    @property
    def ask_url(self) -> str:
        """Where the person can agree to what was missing."""
        error = self.call.error
        return _ask_url(self.call.account, error) if error else ""

    @property
    def again_url(self) -> str:
        """The form with the same number and account."""
        return call_url(self.call.number, self.call.account)

    @property
    def _look(self) -> tuple[str, str]:
        state, stage = self.call.act_state, self.call.call_stage
        if state is ActState.UNKNOWN:
            return "warn", "help"
        if stage is not None:
            return _STAGES[stage]
        return ("danger", "") if state is ActState.FAILED else ("info", "clock")


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """One device in the form."""

    value: str
    name: str
    note: str
    checked: bool


@dataclass(frozen=True, slots=True)
class DeviceChoices:
    """The devices of an account. `is_live` tells that the provider was asked just now; `failure` why it told nothing."""

    devices: tuple[DeviceChoice, ...] = ()
    is_live: bool = False
    failure: str = ""
    advice: str = ""
    ask_url: str = ""


def device_choices(
    account: LinkedAccount, found: Sequence[CallingDevice] | None, chosen: str, last: PlacedCall | None
) -> DeviceChoices:
    """The devices `found`; before they are read (None) the one that was chosen now or the last time."""
    wanted = unsigned(account, chosen)
    if wanted is None and last is not None and last.account_id == account.pk:
        wanted = CallingDevice(last.device, last.device_name)
    devices = ([wanted] if wanted else []) if found is None else list(found)
    keys = [device.key for device in devices]
    first = keys.index(wanted.key) if wanted and wanted.key in keys else 0
    drawn = (
        DeviceChoice(signed(account, device), device.name or for_display(device.number), _note(device), place == first)
        for place, device in enumerate(devices)
    )
    return DeviceChoices(tuple(drawn), is_live=found is not None)


def device_failure(account: LinkedAccount, error: ProviderError) -> DeviceChoices:
    """Why the devices could not be read."""
    return DeviceChoices(is_live=True, failure=error.sentence, advice=error.next_step, ask_url=_ask_url(account, error))


@dataclass(frozen=True, slots=True)
class BlockedAccount:
    """An account that cannot start calls now: why, and where that can be changed."""

    account: LinkedAccount
    why: str
    url: str
    label: str


def blocked_rows(known: Sequence[CallingAccount]) -> list[BlockedAccount]:
    """The accounts that are not ready, each with its reason."""
    return [_blocked(one) for one in known if not one.is_ready]


def _blocked(one: CallingAccount) -> BlockedAccount:
    account, capability = one.account, one.capability
    if not account.usable:
        return BlockedAccount(account, account.link_state.label, account.get_absolute_url(), _("Open the account"))
    why = remark_of(account, capability) or capability.state.label
    if capability.state is CapabilityState.SCOPE_MISSING and capability.missing:
        return BlockedAccount(account, why, relink_url(account, _scopes(account)), _("Ask for the permission"))
    return BlockedAccount(account, why, account.get_absolute_url(), _("Open the account"))


def _ask_url(account: LinkedAccount, error: ProviderError) -> str:
    if not isinstance(error, ScopeMissing) or not account.usable:
        return ""
    return relink_url(account, error.scopes or _scopes(account))


def _scopes(account: LinkedAccount) -> list[str]:
    """All scopes that starting calls may take with this account; of several ways, the right one shows only when it is used."""
    return sorted({name for way in account.spec.needs_of(account.keys).get(Feature.START_CALL, ()) for name in way})


def _note(device: CallingDevice) -> str:
    """What is known about a device beside its name."""
    online = {True: _("online"), False: _("offline")}.get(device.online) if device.online is not None else None
    number = for_display(device.number) if device.name not in ("", device.number) else ""
    return " · ".join(str(part) for part in (number, online, device.remark) if part)

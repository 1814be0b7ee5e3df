"""Starting calls: where one may be started, once per click, followed while the provider tells, and called off while that works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from telephony.core.calling import OVER, CallingDevice, CallProgress, CallStage, StartedCall
from telephony.core.capabilities import capability_card
from telephony.core.client import PlacesCalls, ProviderClient
from telephony.core.dialling import DialledNumber
from telephony.core.errors import NotFound, NotOnContract, ProviderError
from telephony.core.phone import digits
from telephony.core.registry import find_spec
from telephony.core.types import Capability, CapabilityState, Feature
from telephony.core.write_errors import is_outcome_unknown
from telephony.models import LinkedAccount, PlacedCall
from telephony.models.acts import ActState
from telephony.services import acts, gateway
from telephony.services.acts import Accepted
from telephony.services.readings import observe, observed_from

if TYPE_CHECKING:
    from accounts.models import User

MOST_A_MINUTE, MOST_AN_HOUR = 6, 60
"""Calls that one person may start. Nobody dials faster by hand; a script or a stuck key would."""

ASK_AGAIN = timedelta(seconds=1.5)
UNWATCHED_AFTER = timedelta(seconds=30)
FOLLOW_FOR = timedelta(hours=4)
DOUBTFUL_FOR = timedelta(minutes=10)
BLOCKING = frozenset({CapabilityState.NOT_OFFERED, CapabilityState.NOT_ON_CONTRACT, CapabilityState.SCOPE_MISSING})


class TooManyCalls(Exception):
    """The person has started as many calls as anybody may in a short time."""

    @property
    def sentence(self) -> str:
        """What to do, in the active language."""
        return _("You have started many calls in a short time. Nobody was called; wait a minute, then try again.")


@dataclass(frozen=True, slots=True)
class CallingAccount:
    """A linked account and whether calls can be started with it; `capability` says why not."""

    account: LinkedAccount
    capability: Capability

    @property
    def is_ready(self) -> bool:
        """Whether it is worth a try."""
        return self.account.usable and self.capability.state not in BLOCKING


def calling_accounts(accounts: list[LinkedAccount]) -> list[CallingAccount]:
    """The accounts whose provider can start calls at all, those that are ready first."""
    found = []
    for account in accounts:
        capability = _capability(account)
        if capability and capability.state is not CapabilityState.NOT_OFFERED:
            found.append(CallingAccount(account, capability))
    return sorted(found, key=lambda one: not one.is_ready)


def devices(account: LinkedAccount) -> tuple[CallingDevice, ...]:
    """What can be called from, asked for now. Raises the error family."""
    return gateway.with_client(account, lambda client: _calling(client, account).calling_devices())


def last_choice(person: User) -> PlacedCall | None:
    """The person's latest call, whose account and device she most likely wants again."""
    return PlacedCall.objects.filter(user=person).select_related("account").first()


def doubtful_call(person: User, number: str) -> PlacedCall | None:
    """A call to this number that still runs, or of which nobody knows: another one should be meant."""
    since = timezone.now() - DOUBTFUL_FOR
    latest = PlacedCall.objects.filter(user=person, digits=digits(number), asked_at__gte=since).first()
    if latest is None or latest.is_over or latest.act_state in (ActState.FAILED, ActState.CANCELLED):
        return None
    return latest


def start(
    person: User, account: LinkedAccount, device: CallingDevice, number: DialledNumber, key: str
) -> tuple[PlacedCall, bool]:
    """Start a call, unless the form with this key has started one already: then that one is given, and False.

    Raises TooManyCalls. What the provider says is in the row; nothing of it is raised.
    """
    drafted = PlacedCall(
        user=person,
        account=account,
        idempotency_key=key,
        device=device.key[:191],
        device_name=(device.name or device.number)[:120],
        number=number.number,
        digits=digits(number.number),
        cost_confirmed=number.cost is not None,
    )
    earlier = PlacedCall.objects.filter(user=person, idempotency_key=key).first()
    if earlier is None and _is_too_fast(person):
        raise TooManyCalls
    call, is_new = acts.register(drafted)
    if is_new:
        _dial(call)
    return call, is_new


def follow(call: PlacedCall) -> PlacedCall:
    """Ask the provider where the call stands, if it tells and nobody has asked a moment ago. A fault changes nothing."""
    now = timezone.now()
    due = PlacedCall.objects.filter(pk=call.pk, next_check_at__lte=now)
    if not call.account.usable or not due.update(next_check_at=now + ASK_AGAIN):
        return call
    try:
        progress = gateway.with_client(
            call.account, lambda client: _calling(client, call.account).call_progress(call.remote_id)
        )
    except NotFound:
        _note(call, CallProgress(CallStage.ENDED))  # it is kept for a while after the call only
    except ProviderError:
        return call
    else:
        _note(call, progress)
    return call


def due_calls(limit: int = 100) -> list[int]:
    """Ids of calls that no page follows any more but whose end can still be learnt; those whose worker died are settled here."""
    acts.settle_lost(PlacedCall)
    now = timezone.now()
    watched = PlacedCall.objects.filter(next_check_at__lt=now - UNWATCHED_AFTER)
    watched.filter(asked_at__lt=now - FOLLOW_FOR).update(next_check_at=None)
    return list(watched.values_list("pk", flat=True)[:limit])


def cancel(call: PlacedCall) -> str:
    """Call it off; gives a sentence about how that went, in the active language."""
    if call.is_over or not call.remote_id or not call.can_cancel:
        return _("It is too late to cancel from here. Hang up at your device.")
    account = call.account
    try:
        writing = gateway.open_for_writing(account)
        gateway.write_once(writing, lambda client: _calling(client, account).cancel_call(call.remote_id))
    except NotFound:
        follow(call)
        return _("It was too late to cancel: the call has been answered, or is over. Hang up at your device.")
    except ProviderError as error:
        if is_outcome_unknown(error):
            return _(
                "We did not learn whether the call was cancelled. Look at your device, and hang up there if it rings."
            )
        return f"{error.sentence} {_('The call was not cancelled: hang up at your device.')}"
    _note(call, CallProgress(CallStage.CANCELLED))
    return _("Cancelled.")


def _dial(call: PlacedCall) -> None:
    """The one write. What the capability card says follows from it."""
    answers: list[StartedCall] = []

    def work(client: ProviderClient) -> Accepted:
        answer = _calling(client, call.account).start_call(call.device, call.number)
        answers.append(answer)
        return Accepted(answer.key)

    if not acts.perform(call, work):
        return
    if answers:
        _note(call, answers[0].progress)
        observe(call.account, observed_from(Feature.START_CALL, None))
    elif call.error is not None and call.act_state is ActState.FAILED:
        observe(call.account, observed_from(Feature.START_CALL, call.error))


def _note(call: PlacedCall, progress: CallProgress) -> None:
    """Store where the call stands. What is over stays over, whatever an answer that was on its way says."""
    now = timezone.now()
    told = progress.stage not in (CallStage.HANDED_OVER, *OVER) and call.asked_at > now - FOLLOW_FOR
    columns = {
        "stage": progress.stage.value,
        "failure": progress.failure.value if progress.failure else "",
        "vendor_word": progress.word[:120],
        "can_cancel": progress.can_cancel,
        "state": _state(progress.stage, call).value,
        "next_check_at": now + ASK_AGAIN if told else None,
    }
    if PlacedCall.objects.filter(pk=call.pk).exclude(stage__in=[stage.value for stage in OVER]).update(**columns):
        for name, value in columns.items():
            setattr(call, name, value)
    else:
        call.refresh_from_db()


def _state(stage: CallStage, call: PlacedCall) -> ActState:
    if stage is CallStage.CONNECTED:
        return ActState.SUCCEEDED
    if stage is CallStage.FAILED:
        return ActState.FAILED
    if stage is CallStage.CANCELLED:
        return ActState.CANCELLED
    return ActState.SUCCEEDED if call.stage == CallStage.CONNECTED else ActState.ACCEPTED


def _is_too_fast(person: User) -> bool:
    now, mine = timezone.now(), PlacedCall.objects.filter(user=person)
    windows = ((MOST_A_MINUTE, timedelta(minutes=1)), (MOST_AN_HOUR, timedelta(hours=1)))
    return any(mine.filter(asked_at__gt=now - window)[:most].count() >= most for most, window in windows)


def _capability(account: LinkedAccount) -> Capability | None:
    spec = find_spec(account.provider)
    if spec is None:
        return None
    granted = None if account.granted_scopes is None else frozenset(account.granted_scopes)
    card = capability_card(spec, granted, account.observed_capabilities(), account.keys)
    return next(capability for capability in card if capability.feature is Feature.START_CALL)


def _calling(client: ProviderClient, account: LinkedAccount) -> PlacesCalls:
    if not isinstance(client, PlacesCalls):
        raise NotOnContract(account.provider_name, "starting a call", detail="the provider starts no calls")
    return client

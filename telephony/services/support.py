"""What staff do with linked accounts at the support desk. Everything leaves an event that names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from telephony.core.errors import NotAnswering, ProviderError, RateLimited, Unreachable
from telephony.core.types import Feature
from telephony.models import AccountEvent, Call, EventKind, LinkedAccount, Reading, Section
from telephony.services import events
from telephony.services.gateway import with_client
from telephony.services.readings import refresh_section

if TYPE_CHECKING:
    from accounts.models import User

CALLS_SHOWN = 50
VIEW_NOTED_FOR = timedelta(hours=1)  # looking again within this time leaves no second event

_READ_HERE = (Section.FACTS, Section.BALANCE, Section.EXTENSIONS)
_NO_USE_GOING_ON = {Unreachable.code, RateLimited.code, NotAnswering.code}
_NOT_TRIED = gettext_lazy("Not tried: the account is not connected.")
_NOT_TRIED_REMEDY = gettext_lazy("Enable it, or ask the person to link it again.")
_OTHER_ACCOUNT = gettext_lazy("The stored credentials belong to another account at the provider.")
_OTHER_ACCOUNT_REMEDY = gettext_lazy("Disable the account, and ask the person to link it again.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a test of an account has shown: an error of the provider, a problem of our own, or neither."""

    provider: str
    error: ProviderError | None = None
    problem: str | Promise = ""
    remedy: str | Promise = ""

    @property
    def fine(self) -> bool:
        """Whether the credentials work."""
        return self.error is None and not self.problem

    @property
    def sentence(self) -> str:
        """What was found, in the active language."""
        if self.error is not None:
            return self.error.sentence
        return str(self.problem) or _("%(provider)s accepts the credentials.") % {"provider": self.provider}

    @property
    def next_step(self) -> str:
        """What to do about it, "" where nothing is."""
        return self.error.next_step if self.error is not None else str(self.remedy)


def readable_sections(account: LinkedAccount) -> list[Section]:
    """The sections to read now: those the provider offers, without those it has asked us to leave alone for a while."""
    offered = list(_READ_HERE)
    if Feature.BALANCE in account.spec.not_offered:
        offered.remove(Section.BALANCE)
    waiting = {reading.section for reading in waiting_readings(account)}
    return [section for section in offered if section.value not in waiting]


def waiting_readings(account: LinkedAccount) -> list[Reading]:
    """The readings that failed so that the provider is to be left alone until a time that is still to come.

    A host that does not answer is none of them: the breaker knows better than a reading when it is asked again.
    """
    found = Reading.objects.filter(account=account, section__in=[section.value for section in _READ_HERE])
    return list(found.filter(retry_at__gt=timezone.now()).exclude(error_code=NotAnswering.code).order_by("pk"))


def refresh_now(account: LinkedAccount) -> list[Reading]:
    """Read the account's facts, balance and extensions, however fresh they are. What failed is in the readings, nothing is raised.

    Stops where the link turns out to be over, and where the provider is away or wants a pause, since somebody is waiting for the page.
    [] means that the provider is to be left alone (`waiting_readings` tell why), or that the account may not be read.
    """
    found: list[Reading] = []
    for section in readable_sections(account):
        if not account.usable or (found and found[-1].error_code in _NO_USE_GOING_ON):
            break
        found.append(refresh_section(account, section))
    return found


def test_account(account: LinkedAccount, actor: User) -> Finding:
    """Ask the provider whose credentials these are: the cheapest request that shows whether the link works."""
    finding = _test(account)
    with override("en"):
        events.record(EventKind.TESTED, account, finding.sentence, actor=actor)
    return finding


def _test(account: LinkedAccount) -> Finding:
    provider = account.provider_name
    if not account.usable:
        return Finding(provider, problem=_NOT_TRIED, remedy=_NOT_TRIED_REMEDY)
    try:
        identity = with_client(account, lambda client: client.identity())
    except ProviderError as error:
        return Finding(provider, error)
    if identity.remote_id != account.remote_id:
        return Finding(provider, problem=_OTHER_ACCOUNT, remedy=_OTHER_ACCOUNT_REMEDY)
    return Finding(provider)


def note_bundle(account: LinkedAccount, actor: User) -> None:
    """Leave an event for a file for support that staff have fetched."""
    events.record(EventKind.VIEWED, account, gettext_noop("A file for support was fetched."), actor=actor)


def note_view(account: LinkedAccount, actor: User) -> None:
    """Leave an event for a look at the account's page, once per staff member and hour."""
    since = timezone.now() - VIEW_NOTED_FOR
    known = AccountEvent.objects.filter(account=account, actor=actor, kind=EventKind.VIEWED, at__gte=since)
    if not known.exists():
        events.record(EventKind.VIEWED, account, actor=actor)


def look_at_calls(account: LinkedAccount, actor: User, reason: str) -> list[Call]:
    """The newest calls of somebody else's account, for staff who have said why; the event with the reason is stored first.

    Unlike a look at the account's page, every look leaves its own event, which the person finds among her activity.
    """
    events.record(EventKind.CALLS_VIEWED, account, reason, actor=actor)
    return list(Call.objects.filter(account=account, deleted_at=None).order_by("-started_at", "-pk")[:CALLS_SHOWN])

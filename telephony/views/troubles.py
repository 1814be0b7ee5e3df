"""What went wrong when a section was read, in the language of whoever looks at it now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from telephony.core.errors import ProviderError, ScopeMissing, TryLater, error_from_code
from telephony.core.types import Feature, LogScope
from telephony.models import LinkedAccount, Reading, Section, SyncState
from telephony.services.call_log import FEATURE_OF
from telephony.services.readings import FEATURE_OF_SECTION
from telephony.views.addresses import relink_url
from telephony.views.capability_rows import refused_token


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed reading, ready to be shown. `passing` tells faults that pass from refusals that stay.

    `ask_url` leads to where the person can agree to what is missing, "" where that would not help.
    """

    what_happened: str
    what_to_do: str
    request_id: str
    passing: bool
    ask_url: str = ""
    ask_label: str = ""

    @property
    def tone(self) -> str:
        """Nothing here is lost, so nothing is shown as a danger."""
        return "warn" if self.passing else "info"


def trouble_of(account: LinkedAccount, reading: Reading | None) -> Trouble | None:
    """Why the last attempt failed; None where it did not.

    The reading keeps its sentence in the language of whoever read, so it is made anew from the error's code.
    """
    if reading is None or not reading.failed:
        return None
    pause = (reading.retry_at - timezone.now()).total_seconds() if reading.retry_at else 0
    error = _error(account, FEATURE_OF_SECTION[Section(reading.section)], reading.error_code, pause)
    return _told(account, error, reading.request_id)


def trouble_of_log(account: LinkedAccount, state: SyncState) -> Trouble | None:
    """Why the last pass over a call log failed; None where it did not."""
    if not state.error_code:
        return None
    return _told(account, _error(account, FEATURE_OF[LogScope(state.scope)], state.error_code))


def _error(account: LinkedAccount, feature: Feature, code: str, pause: float = 0) -> ProviderError:
    observed = account.observed_capabilities().get(feature)
    missing = observed.missing if observed else ()
    return error_from_code(code, account.provider_name, retry_after=pause if pause > 0 else None, missing=missing)


def _told(account: LinkedAccount, error: ProviderError, request_id: str = "") -> Trouble:
    told = Trouble(error.sentence, error.next_step, request_id, isinstance(error, TryLater))
    if not isinstance(error, ScopeMissing):
        return told
    ask_url = relink_url(account, error.scopes) if account.usable else ""
    if account.client is not None:
        return replace(told, ask_url=ask_url, ask_label=_("Ask for it"))
    # A personal access token cannot be agreed to anew: another one takes its place.
    happened = _("%(provider)s refused this for your token.") % {"provider": account.provider_name}
    advice = refused_token(account, error.scopes)
    return replace(told, what_happened=happened, what_to_do=advice, ask_url=ask_url, ask_label=_("Replace the token"))
